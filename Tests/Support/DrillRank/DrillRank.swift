import Martlet
import Platform

/// One rank of a drill: joins from the environment, carries out a script, and says on standard
/// output, a line at a time, what became of every step.
///
///     DrillRank count join call:collective=all-reduce,count=2,times=100 leave count
///
/// Steps are the arguments, or the lines of a file that is named as `@path`. A step that fails
/// does not end the script: what follows a failure is part of a drill.
@main struct DrillRank {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        var steps = arguments.compactMap(ScriptStep.init)
        if let path = arguments.first, path.hasPrefix("@") {
            let bytes = (try? FileDescriptor.contents(of: String(path.dropFirst()))) ?? []
            steps = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                .compactMap { ScriptStep(String($0)) }
        }
        var rank = Rank()
        for (index, step) in steps.enumerated() {
            rank.report.step = index
            rank.perform(step)
        }
        rank.report.write("end", [])
    }
}
