internal import CMartlet
internal import Collectives

/// What a C function answers when it fails: the status, after the thread's last error was set.
func report(_ error: CollectiveError, isOutside: Bool = false) -> martlet_status {
    let culprit = error.culprit.flatMap { Int32(exactly: $0) } ?? -1
    let phase = isOutside ? martlet_phase(MARTLET_PHASE_NONE) : error.phase.rawValue
    var message = error.message
    return message.withUTF8 { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
            unsafe cmartlet_error_set(
                error.code.rawValue, phase, culprit, error.errorNumber, error.sequence,
                characters.baseAddress, characters.count)
        }
    }
}

/// A caller's mistake that no communicator knows of.
func reject(
    _ message: String, _ code: CollectiveError.Code = .invalidArgument
) -> martlet_status {
    report(CollectiveError(code, message), isOutside: true)
}

/// Runs `body` and reports what it throws.
func attempt(_ body: () throws(CollectiveError) -> Void) -> martlet_status {
    do throws(CollectiveError) {
        try body()
        return martlet_status(MARTLET_OK)
    } catch {
        return report(error)
    }
}

extension CollectiveError {
    /// A pointer that has to lead somewhere, and does not.
    static func null(_ name: String) -> CollectiveError {
        CollectiveError(.invalidArgument, "\(name) is a null pointer", phase: .idle)
    }
}
