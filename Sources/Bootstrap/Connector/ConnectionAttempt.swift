internal import Platform

/// One connection on its way: connecting, shaking hands, or resting before the next try.
final class ConnectionAttempt {
    enum Progress {
        case waits
        /// With the number of its socket, to be forgotten by whoever watches it.
        case connected(Arrival, Int32)
        case failed(BootstrapError)
    }

    /// A process that is stopped or busy accepts in the kernel but does not answer; a new try gets
    /// through when the old connection was dropped meanwhile.
    static let handshakeSeconds = 5.0

    /// How often nobody listens where somebody did before that counts as an end; about 20 ms.
    static let refusalLimit = 4

    let identifier: Int
    let target: Connector.Target
    private let credentials: Credentials
    private let deadline: Deadline
    private let startedAt = Clock.nowNanoseconds()
    private var socket: FileDescriptor?
    private(set) var rawValue: Int32 = -1
    private var initiator: HandshakeInitiator?
    private var outgoing: ArraySlice<UInt8> = []
    private var backoff = Backoff()
    private var nextStep: UInt64 = 0
    private var tryCount = 0
    private var refusalCount = 0
    private var lastFailure = "no try was finished"
    private var lastSystemCode: Int32?

    init(
        identifier: Int, target: Connector.Target, credentials: Credentials, deadline: Deadline
    ) {
        self.identifier = identifier
        self.target = target
        self.credentials = credentials
        self.deadline = deadline
    }

    /// When `advance` must be called even if the socket shows nothing.
    var nextDeadline: UInt64 { min(nextStep, deadline.nanoseconds) }

    /// Goes on as far as possible without waiting. `watch` is called for every new socket.
    func advance(watch: (Int32) throws(SystemError) -> Void) -> Progress {
        let progress = step(watch)
        guard case .waits = progress else { return progress }
        let hasEnded = target.hasListened && refusalCount >= Self.refusalLimit
        guard hasEnded || deadline.hasPassed else { return .waits }
        abandon()
        return .failed(unreachable())
    }

    private func step(_ watch: (Int32) throws(SystemError) -> Void) -> Progress {
        if rawValue < 0 {
            guard Clock.nowNanoseconds() >= nextStep else { return .waits }
            if let failure = open(watch) { return .failed(failure) }
        }
        return rawValue < 0 ? .waits : exchange()
    }

    /// Begins a try; answers what no other try would change.
    private func open(_ watch: (Int32) throws(SystemError) -> Void) -> BootstrapError? {
        tryCount += 1
        nextStep = .max
        do throws(SystemError) {
            let socket = try StreamSocket.connect(to: target.address, from: target.source)
            try StreamSocket.sendAtOnce(socket.rawValue)
            try watch(socket.rawValue)
            rawValue = socket.rawValue
            self.socket = consume socket
            return nil
        } catch {
            guard !error.isHopeless else {
                return BootstrapError(error, phase: .connecting, peer: target.address)
            }
            retry(after: error.description, systemCode: error.code)
            return nil
        }
    }

    private func exchange() -> Progress {
        if initiator == nil {
            guard let isConnected = beginHandshake() else { return .waits }
            guard isConnected else { return .waits }
        }
        // First what has come, however late it is noticed: who has proved itself to the other side
        // and hangs up then looks like a process that died.
        let progress = shakeHands()
        if case .waits = progress, rawValue >= 0, Clock.nowNanoseconds() >= nextStep {
            retry(after: "the process there does not answer", systemCode: nil)
        }
        return progress
    }

    /// nil while the connection is not decided, else whether it stands.
    private func beginHandshake() -> Bool? {
        let code = StreamSocket.connectionError(rawValue)
        guard code == 0 else {
            retry(after: "connect: \(SystemError.text(of: code))", systemCode: code)
            return false
        }
        // No error, and no peer either: still under way.
        guard (try? StreamSocket.peerAddress(rawValue)) != nil else { return nil }
        initiator = HandshakeInitiator(credentials: credentials, purpose: target.purpose)
        nextStep = Clock.nowNanoseconds() + UInt64(Self.handshakeSeconds * 1e9)
        return true
    }

    private func shakeHands() -> Progress {
        do throws(SystemError) {
            while true {
                outgoing += initiator?.takeOutgoing() ?? []
                while !outgoing.isEmpty {
                    let count = try StreamSocket.send(rawValue, bytes: outgoing)
                    if count == 0 { return .waits }
                    outgoing.removeFirst(count)
                }
                if let outcome = initiator?.outcome { return conclude(outcome) }
                let wanted = initiator?.wantedByteCount ?? 0
                guard let bytes = try StreamSocket.receive(rawValue, limit: wanted)
                else { return .waits }
                guard !bytes.isEmpty else {
                    retry(after: "the other side closed the connection", systemCode: nil)
                    return .waits
                }
                initiator?.receive(bytes)
            }
        } catch {
            retry(after: error.description, systemCode: error.code)
            return .waits
        }
    }

    private func conclude(_ outcome: HandshakeOutcome) -> Progress {
        switch outcome {
        case .accepted(let purpose):
            guard let socket = socket.take() else { return .waits }
            let arrival = Arrival(
                purpose: purpose, peerAddress: target.address, socket: socket)
            return .connected(arrival, rawValue)
        case .refused(let refusal) where isPassing(refusal):
            retry(after: refusal.text, systemCode: nil)
            return .waits
        case .refused(let refusal):
            abandon()
            return .failed(BootstrapError(refusal, target: target))
        case .failed(let text):
            retry(after: "no Martlet process answers there: \(text)", systemCode: nil)
            return .waits
        }
    }

    /// A process of an earlier attempt of the job, which is about to end, refuses those that seek the
    /// meeting of the next one.
    private func isPassing(_ refusal: HandshakeRefusal) -> Bool {
        guard target.purpose.kind == .meeting else { return false }
        switch refusal.reason {
        case .wrongEpoch, .wrongMeeting: return true
        case .version, .job, .secret, .unauthenticated, .wrongRank: return false
        }
    }

    private func retry(after failure: String, systemCode: Int32?) {
        abandon()
        lastFailure = failure
        lastSystemCode = systemCode
        let isRefused = systemCode.map { SystemError(code: $0, operation: "").isRefused }
        refusalCount = isRefused == true ? refusalCount + 1 : 0
        nextStep = Clock.nowNanoseconds() + backoff.nextNanoseconds()
    }

    private func abandon() {
        socket = nil
        rawValue = -1
        initiator = nil
        outgoing = []
    }

    private func unreachable() -> BootstrapError {
        let seconds = Double((Clock.nowNanoseconds() - startedAt) / 1_000_000) / 1000
        return BootstrapError(
            .unreachable,
            "rank \(target.purpose.fromRank) could not reach rank \(target.purpose.toRank) at "
                + "\(target.address) within \(seconds) s (\(tryCount) tries): \(lastFailure)",
            phase: .connecting, culprit: target.purpose.toRank, peer: target.address,
            systemCode: lastSystemCode)
    }
}

extension BootstrapError {
    /// What a refusal means to the side that connected.
    init(_ refusal: HandshakeRefusal, target: Connector.Target) {
        let code: Code =
            switch refusal.reason {
            case .version: .versionMismatch
            case .job: .jobMismatch
            case .secret: .refused
            case .unauthenticated: .unauthenticated
            case .wrongRank, .wrongEpoch, .wrongMeeting: .wrongTarget
            }
        let remedy: String? =
            switch refusal.reason {
            case .version: "run the same version of Martlet on every rank"
            case .job: "check MARTLET_JOB and the meeting's address"
            case .secret: "check that every rank has the same MARTLET_JOB_SECRET"
            case .unauthenticated: Credentials.strangerRemedy
            case .wrongRank, .wrongEpoch, .wrongMeeting: nil
            }
        self.init(
            code,
            "rank \(target.purpose.toRank) at \(target.address) refused "
                + "rank \(target.purpose.fromRank): \(refusal.text)",
            phase: .handshake, culprit: target.purpose.toRank, peer: target.address, remedy: remedy)
    }
}
