internal import GRPCCore

/// Why an attempt failed, and what that says about the endpoint and about what was asked.
struct AttemptFailure: Error {
    var error: StoreError
    /// Whether the request can have left this process.
    var wasSent: Bool
    /// Whether the store itself said so; else nothing or nobody answered.
    var isAnswer: Bool
    /// Whether the store said that it did nothing, but another endpoint may do it.
    var isRefusal: Bool

    init(_ error: any Error, _ attempt: Attempt, _ endpoint: StoreEndpoint) {
        if let error = error as? StoreError {
            self.error = error
            isAnswer = true
        } else if let error = error as? RPCError {
            self.error = StoreError(error, endpoint: endpoint)
            isAnswer = error.isAnswerOfStore
        } else {
            self.error = StoreError(
                .unavailable, "the connection failed: \(error)", endpoint: "\(endpoint)",
                remedy: StoreError.reachRemedy)
            isAnswer = false
        }
        wasSent = attempt.wasSent
        isRefusal = self.error.code == .noSpace || self.error.code == .overloaded
    }

    private init(_ error: StoreError, wasSent: Bool) {
        self.error = error
        self.wasSent = wasSent
        isAnswer = false
        isRefusal = false
    }

    static func timedOut(
        _ attempt: Attempt, _ endpoint: StoreEndpoint, seconds: Double, _ connectSeconds: Double
    ) -> AttemptFailure {
        guard attempt.wasSent else {
            let error = StoreError(
                .unavailable, "no connection stood within \(shown(connectSeconds)) s",
                endpoint: "\(endpoint)", remedy: StoreError.reachRemedy)
            return AttemptFailure(error, wasSent: false)
        }
        let error = StoreError(
            .deadlineExceeded, "no answer came within \(shown(seconds)) s",
            endpoint: "\(endpoint)",
            remedy: "see whether the control plane is overloaded, stopped or cut off")
        return AttemptFailure(error, wasSent: true)
    }

    /// A watch's stream on which nothing came, though it was asked for.
    static func silent(
        _ attempt: Attempt, _ endpoint: StoreEndpoint, seconds: Double
    ) -> AttemptFailure {
        let error = StoreError(
            .unavailable, "nothing was heard for \(shown(seconds)) s", endpoint: "\(endpoint)",
            remedy: "see whether the control plane is overloaded, stopped or cut off")
        return AttemptFailure(error, wasSent: attempt.wasSent)
    }

    private static func shown(_ seconds: Double) -> String {
        let hundredths = Int((seconds * 100).rounded())
        let fraction = hundredths % 100
        guard fraction != 0 else { return "\(hundredths / 100)" }
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// Whether the call may be tried again.
    func isRepeatable(_ kind: CallKind) -> Bool {
        guard !isAnswer else { return false }
        return kind == .reading || !wasSent
    }

    /// What the caller gets to know when there is no other attempt.
    func verdict(_ kind: CallKind) -> StoreError {
        guard !isAnswer, wasSent, kind == .writing else { return error }
        var verdict = error
        verdict.code = .outcomeUnknown
        verdict.message = "the request was sent, but \(error.message): it may have been done"
        verdict.remedy = "read what it would have changed before trying again"
        return verdict
    }
}
