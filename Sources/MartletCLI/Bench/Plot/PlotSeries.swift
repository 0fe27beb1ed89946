import Martlet
import Schedules

/// One curve: what was measured over sizes in one way of running a collective.
struct PlotSeries: Equatable {
    struct Point: Equatable {
        var byteCount: Int
        /// Microseconds.
        var median: Double
        /// Microseconds, never less than the median; nil where it says nothing.
        var percentile99: Double?
        /// Per byte of the size, what a rank has at least to send.
        var busFactor: Double
        /// What carried it, where that was chosen per size.
        var note: String?

        /// Bytes per second at a time in microseconds.
        func busRate(at microseconds: Double) -> Double {
            Double(byteCount) * busFactor / microseconds * 1e6
        }
    }

    var name: String
    var style: PlotStyle
    /// In ascending order of size.
    var points: [Point]
}

/// What distinguishes the cases of one run, and so either names curves or stands in the title.
private struct SeriesKey: Hashable {
    var type: DataType
    var operation: ReductionOperation?
    var root: Int?
    var algorithm: Algorithm?
    var isInPlace: Bool
}

extension PlotSeries {
    /// The curves of a run, in the order in which they were measured, and what they have in common.
    ///
    /// Where only one way of calling was measured its in-place and out-of-place forms are two
    /// curves; otherwise only the in-place form is drawn, if there is one.
    static func collect(_ results: [BenchResult]) -> (series: [PlotSeries], common: [String]) {
        var points: [SeriesKey: [Point]] = [:]
        var keys: [SeriesKey] = []
        for isInPlace in [false, true] {
            for result in results {
                guard let form = isInPlace ? result.inPlace : result.outOfPlace else { continue }
                let key = SeriesKey(result.benchCase, isInPlace: isInPlace)
                if points[key] == nil { keys.append(key) }
                points[key, default: []].append(Point(result, form))
            }
        }
        // More than one curve of either form: comparing ways is the point, and not the forms.
        if keys.count(where: \.isInPlace) > 1 { keys.removeAll { !$0.isInPlace } }
        let facets = Facet.allCases.filter { facet in
            Set(keys.map { facet.word(of: $0) }).count > 1
        }
        let series = keys.enumerated().map { index, key in
            PlotSeries(
                name: key.name(by: facets), style: key.style(index: index, by: facets),
                points: (points[key] ?? []).sorted { $0.byteCount < $1.byteCount })
        }
        let common = Facet.allCases.filter { !facets.contains($0) }
        return (series, keys.first.map { key in common.compactMap { $0.word(of: key) } } ?? [])
    }
}

extension PlotSeries.Point {
    fileprivate init(_ result: BenchResult, _ form: BenchResult.Form) {
        let benchCase = result.benchCase
        // The clock's own grain; a logarithm wants more than 0.
        let median = max(form.statistics.median, 0.001)
        self.init(
            byteCount: benchCase.byteCount, median: median,
            percentile99: form.statistics.count > 1
                ? max(form.statistics.percentile99, median) : nil,
            busFactor: Bandwidth.busFactor(benchCase.collective, rankCount: benchCase.rankCount),
            note: benchCase.algorithm == nil ? result.algorithm : nil)
    }
}

/// What cases can differ in.
private enum Facet: CaseIterable {
    case type, operation, root, form, algorithm

    /// nil where the collective has no such thing.
    func word(of key: SeriesKey) -> String? {
        switch self {
        case .type: "\(key.type)"
        case .operation: key.operation.map { "\($0)" }
        case .root: key.root.map { "root \($0)" }
        case .form: key.isInPlace ? "in place" : "out of place"
        case .algorithm: key.algorithm?.name ?? "auto"
        }
    }
}

extension SeriesKey {
    fileprivate init(_ benchCase: BenchCase, isInPlace: Bool) {
        self.init(
            type: benchCase.type,
            operation: benchCase.collective.takesOperation ? benchCase.operation : nil,
            root: benchCase.collective.isRooted ? benchCase.root : nil,
            algorithm: benchCase.algorithm, isInPlace: isInPlace)
    }

    fileprivate func name(by facets: [Facet]) -> String {
        // A single curve differs in nothing from others.
        let words = (facets.isEmpty ? [.algorithm] : facets).compactMap { $0.word(of: self) }
        return words.joined(separator: ", ")
    }

    /// An algorithm looks the same in all pictures that compare algorithms.
    fileprivate func style(index: Int, by facets: [Facet]) -> PlotStyle {
        guard facets.isEmpty || facets == [.algorithm] else { return .numbered(index) }
        return algorithm.map { .numbered(Int($0.rawValue) - 1) }
            ?? (facets.isEmpty ? .numbered(0) : .overall)
    }
}
