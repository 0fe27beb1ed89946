/// One number that the agent tells Prometheus, possibly several of its kind apart by labels.
struct Metric: Sendable {
    enum Kind: String, Sendable { case gauge, counter }

    struct Sample: Sendable {
        var labels: [(name: String, value: String)] = []
        var value: Double
    }

    /// Without the `martlet_` in front; units last, `_total` behind counters.
    var name: String
    var kind: Kind
    /// One sentence without a full stop; docs/metrics.md has the same.
    var help: String
    /// None where the number is not known now.
    var samples: @Sendable (MetricInput) -> [Sample]
}

/// What metrics are made of.
struct MetricInput: Sendable {
    var status: AgentStatus
    var nowNanoseconds: UInt64
    var traffic: LocalTraffic.Snapshot
    var process: ProcessUsage

    func seconds(since moment: UInt64) -> Double {
        LocalStatus.seconds(from: moment, to: nowNanoseconds)
    }
}

extension Metric {
    static func gauge(
        _ name: String, _ help: String, _ value: @escaping @Sendable (MetricInput) -> Double?
    ) -> Metric {
        Metric(name: name, kind: .gauge, help: help) { input in
            value(input).map { [Sample(value: $0)] } ?? []
        }
    }

    static func counter(
        _ name: String, _ help: String, _ value: @escaping @Sendable (MetricInput) -> Int
    ) -> Metric {
        Metric(name: name, kind: .counter, help: help) { [Sample(value: Double(value($0)))] }
    }

    static func counter(
        _ name: String, _ help: String,
        _ path: @escaping @Sendable (AgentStatus.Counters) -> Int
    ) -> Metric {
        counter(name, help) { (input: MetricInput) in path(input.status.counters) }
    }
}
