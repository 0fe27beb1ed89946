package import Platform

extension Connector {
    /// Opens all connections together and answers them in the order of `targets`. The first that
    /// fails ends the others.
    ///
    /// `isCancelled` is asked at least every 20 ms.
    package static func connectAll(
        _ targets: [Target], credentials: Credentials, deadline: Deadline,
        isCancelled: () -> Bool = { false }
    ) throws(BootstrapError) -> [Arrival] {
        let connector = try Connector(credentials: credentials)
        var positions: [Int: Int] = [:]
        for (position, target) in targets.enumerated() {
            positions[try connector.begin(target, deadline: deadline)] = position
        }
        var arrivals = [Arrival?](repeating: nil, count: targets.count)
        while !connector.isIdle {
            if isCancelled() {
                throw BootstrapError(.aborted, "connecting was given up", phase: .connecting)
            }
            for (identifier, outcome) in connector.progress() {
                switch outcome {
                case .failed(let error): throw error
                case .connected(let arrival):
                    if let position = positions[identifier] { arrivals[position] = arrival }
                }
            }
            try connector.wait(atMostMilliseconds: 20)
        }
        return arrivals.compactMap { $0 }
    }

    /// Sleeps until `progress` has something to do, or for as long as given.
    func wait(atMostMilliseconds limit: Int32) throws(BootstrapError) {
        guard !isIdle else { return }
        let milliseconds = min(limit, nextDeadline.remainingMilliseconds)
        try inPhase(.connecting) { () throws(SystemError) in
            _ = try StreamSocket.wait(
                pollDescriptor, forReadingMilliseconds: milliseconds)
        }
    }
}
