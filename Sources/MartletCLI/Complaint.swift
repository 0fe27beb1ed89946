import Platform

/// What ends a command with one line on standard error.
struct Complaint: Error, CustomStringConvertible {
    /// What went wrong and what was expected, without a full stop.
    let message: String
    let exitStatus: Int32
    /// The subcommand that complains.
    var command: String?

    init(_ message: String, exitStatus: Int32 = 1) {
        self.message = message
        self.exitStatus = exitStatus
    }

    /// The line.
    var description: String {
        "martlet\(command.map { " " + $0 } ?? ""): \(message)"
    }

    /// Runs a subcommand's work; whatever it throws complains in the subcommand's name.
    static func naming<Result>(_ command: String, _ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as SystemError {
            var complaint = Complaint("\(error)")
            complaint.command = command
            throw complaint
        } catch var complaint as Complaint {
            complaint.command = command
            throw complaint
        }
    }
}
