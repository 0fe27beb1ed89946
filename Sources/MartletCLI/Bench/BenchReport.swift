import Martlet
import Platform
import Schedules

/// A finished run as JSON and as CSV.
struct BenchReport {
    static let schema = "martlet-bench/1"

    var context: BenchContext
    var results: [BenchResult]

    /// An object whose names carry their units; documented by its `schema`.
    var json: String {
        JSONValue.object([
            ("schema", .string(Self.schema)), ("version", .string(martletVersion)),
            ("collective", .string(context.collective.name)),
            ("date", .string(context.date)), ("host", .string(context.host)),
            ("hostCount", .integer(context.hostCount)),
            ("processorCount", .integer(context.processorCount)),
            ("rankCount", .integer(context.rankCount)),
            ("transport", .string(context.transport)),
            ("requestedAlgorithm", .string(context.algorithm)),
            ("percentilesOver", .string("iterations of rank 0")),
            ("timeOver", .string("ranks: \(context.average)")),
            ("checkCount", .integer(context.checks)),
            ("results", .array(results.map(Self.json))),
        ]).text + "\n"
    }

    private static func json(_ result: BenchResult) -> JSONValue {
        let benchCase = result.benchCase
        return .object([
            ("byteCount", .integer(benchCase.byteCount)), ("count", .integer(benchCase.count)),
            ("type", .string(benchCase.type.benchName)),
            ("operation", .string(benchCase.operationName)),
            ("root", .integer(benchCase.collective.isRooted ? benchCase.root : -1)),
            ("requestedAlgorithm", .string(benchCase.requestedAlgorithm)),
            ("algorithm", .string(result.algorithm)), ("transport", .string(result.transport)),
            ("iterations", .integer(result.iterations)),
            ("outOfPlace", json(result.outOfPlace)), ("inPlace", json(result.inPlace)),
        ])
    }

    private static func json(_ form: BenchResult.Form?) -> JSONValue {
        guard let form else { return .null }
        return .object([
            ("timeMicroseconds", .number(form.time)),
            ("medianMicroseconds", .number(form.statistics.median)),
            ("p50Microseconds", .number(form.statistics.median)),
            ("p99Microseconds", .number(form.statistics.percentile99)),
            ("minMicroseconds", .number(form.statistics.minimum)),
            ("meanMicroseconds", .number(form.statistics.mean)),
            ("processorMicroseconds", .number(form.processorTime)),
            ("algorithmBandwidthGBps", .number(form.bandwidth.algorithm)),
            ("busBandwidthGBps", .number(form.bandwidth.bus)),
            ("wrong", form.wrongCount.map { .integer($0) } ?? .null),
        ])
    }

    /// One line per case, names in the first.
    var csv: String {
        let forms = ["outOfPlace", "inPlace"].flatMap { form in
            Self.formNames.map { "\(form).\($0)" }
        }
        let names =
            ["collective", "rankCount", "byteCount", "count", "type", "operation", "root"]
            + ["algorithm", "transport", "iterations"] + forms + ["requestedAlgorithm"]
        return ([names] + results.map(row)).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static let formNames = [
        "timeMicroseconds", "p50Microseconds", "p99Microseconds", "minMicroseconds",
        "meanMicroseconds", "algorithmBandwidthGBps", "busBandwidthGBps", "wrong",
    ]

    private func row(_ result: BenchResult) -> [String] {
        let benchCase = result.benchCase
        let known = [
            benchCase.collective.name, String(context.rankCount), String(benchCase.byteCount),
            String(benchCase.count), benchCase.type.benchName, benchCase.operationName,
            benchCase.rootName, result.algorithm, result.transport, String(result.iterations),
        ]
        return known + [result.outOfPlace, result.inPlace].flatMap(Self.cells)
            + [benchCase.requestedAlgorithm]
    }

    private static func cells(_ form: BenchResult.Form?) -> [String] {
        guard let form else { return formNames.map { _ in "" } }
        let numbers = [
            form.time, form.statistics.median, form.statistics.percentile99,
            form.statistics.minimum, form.statistics.mean, form.bandwidth.algorithm,
            form.bandwidth.bus,
        ]
        return numbers.map { "\($0)" } + [form.wrongCount.map(String.init) ?? ""]
    }
}
