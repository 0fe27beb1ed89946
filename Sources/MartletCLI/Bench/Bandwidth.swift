import Martlet
import Schedules

/// The two bandwidths of nccl-tests, in 10⁹ bytes per second.
///
/// The algorithm bandwidth is size over time. The bus bandwidth multiplies it by what each rank has
/// at least to send, per byte of the size, so that it compares with the speed of the wire whatever
/// the collective and the number of ranks (nccl-tests, doc/PERFORMANCE.md).
struct Bandwidth: Equatable {
    var algorithm: Double
    var bus: Double

    init(_ collective: Collective, byteCount: Int, microseconds: Double, rankCount: Int) {
        let perMicrosecond = microseconds > 0 ? Double(byteCount) / microseconds : 0
        algorithm = perMicrosecond / 1e3
        bus = algorithm * Self.busFactor(collective, rankCount: rankCount)
    }

    static func busFactor(_ collective: Collective, rankCount: Int) -> Double {
        let others = Double(rankCount - 1) / Double(rankCount)
        return switch collective {
        case .allReduce: 2 * others
        case .reduceScatter, .allGather: others
        // Of one rank nothing travels, here as for the others.
        case .broadcast, .reduce: rankCount > 1 ? 1 : 0
        case .barrier: 0
        }
    }
}
