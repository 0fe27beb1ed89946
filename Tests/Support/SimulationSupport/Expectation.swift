import Collectives
import Schedules

/// The result of one call: worked out when the first rank reports success, then shared.
final class Expectation {
    let plan: CallPlan
    private let elements: Elements
    private let rankCount: Int
    private var bytes: [UInt8]?

    init(_ plan: CallPlan, rankCount: Int) {
        self.plan = plan
        self.rankCount = rankCount
        elements = Elements(plan: plan, rankCount: rankCount)
    }

    /// What is wrong with a rank's output after success.
    func violation(_ output: UnsafeMutableRawBufferPointer, rank: Int) -> String? {
        guard let start = output.baseAddress, !output.isEmpty else { return nil }
        let size = plan.type.byteCount
        if plan.isRough && bytes == nil {
            for index in 0..<output.count / size
            where !elements.isNear(plan.type.load(index, from: start), index) {
                return "element \(index) of \(output.count / size) is far off"
            }
            bytes = Array(output)
        }
        let right = bytes ?? exactBytes()
        bytes = right
        let offset = plan.collective == .reduceScatter ? rank * output.count : 0
        let isRight = right.withUnsafeBytes {
            $0[offset..<offset + output.count].elementsEqual(output)
        }
        guard !isRight else { return nil }
        let wrong = (0..<output.count).first { right[offset + $0] != output[$0] } ?? 0
        let what = plan.isRough ? "differs from another rank's" : "is wrong"
        return "element \(wrong / size) of \(output.count / size) \(what)"
    }

    private func exactBytes() -> [UInt8] {
        let size = plan.type.byteCount
        let count = plan.extent(rankCount: rankCount)
        return [UInt8](unsafeUninitializedCapacity: count * size) { buffer, filled in
            if let start = UnsafeMutableRawBufferPointer(buffer).baseAddress {
                for index in 0..<count {
                    plan.type.store(elements.resultBits(index), index, in: start)
                }
            }
            filled = count * size
        }
    }
}
