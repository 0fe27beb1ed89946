import Platform

/// A job to launch on this machine.
struct LaunchPlan {
    static let rankCountLimit = 4096
    /// Between SIGTERM and SIGKILL.
    static let graceSeconds = 1.2

    var rankCount: Int
    /// The file to execute, found already.
    var path: [UInt8]
    /// The name of the program as it was given, then its arguments.
    var arguments: [[UInt8]]
    /// NAME=VALUE for every rank.
    var variables: [[UInt8]] = []
    var marksLines = true
    /// Where the ranks write `rank-N.stdout` and `rank-N.stderr` themselves, instead of to us.
    var outputDirectory: String?
    /// The rank that reads our standard input; the others read /dev/null.
    var inputRank: Int?
    /// The rank that has our standard output and standard error themselves, so that it can tell
    /// whether they are a terminal.
    var directRank: Int?
    /// The processor of each rank.
    var processors: [Int]?
    var timeoutSeconds: Double?
}

extension LaunchPlan {
    /// One core for each rank, those of different physical cores first.
    static func processors(for rankCount: Int) throws(Complaint) -> [Int] {
        let usable = Host.usableProcessors
        guard rankCount <= usable.count else {
            throw Complaint(
                "--bind core expects no more ranks than usable cores, and there are \(rankCount) "
                    + "ranks and \(usable.count) cores")
        }
        let (first, siblings) = usable.reduce(into: ([Int](), [Int]())) { result, processor in
            if Host.isFirstOfItsCore(processor, among: usable) {
                result.0.append(processor)
            } else {
                result.1.append(processor)
            }
        }
        return Array((first + siblings).prefix(rankCount))
    }
}
