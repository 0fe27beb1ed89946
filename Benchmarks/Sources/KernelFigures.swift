import CReductionKernels
import Collectives
import Platform

/// Every type and operation over two operands in the cache, beside a memcpy of one of them.
enum KernelFigures {
    private static let byteCount = 64 << 10

    static func all() throws -> [Figure] {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 3 * byteCount, alignment: 4096)
        defer { memory.deallocate() }
        // A normal number in each type, and so are the results.
        memory.initializeMemory(as: UInt8.self, repeating: 0x3c)
        guard let start = memory.baseAddress else { throw Complaint("no memory") }
        var figures: [Figure] = []
        for type in DataType.allCases {
            for operation in ReductionOperation.allCases {
                figures.append(try figure(type, operation, start))
            }
        }
        return figures
    }

    private static func figure(
        _ type: DataType, _ operation: ReductionOperation, _ start: UnsafeMutableRawPointer
    ) throws -> Figure {
        let kernel = creduction_lookup(
            creduction_type(type.rawValue), creduction_operation(operation.rawValue))
        guard let combine = kernel.combine else {
            throw Complaint("no kernel for \(operation) of \(type)")
        }
        let sources = [
            UnsafeRawPointer(start + byteCount), UnsafeRawPointer(start + 2 * byteCount),
        ]
        let count = byteCount / type.byteCount
        let ratio = Measuring.ratio(
            of: {
                if let finish = kernel.finish {
                    finish(start, sources, 2, count, 2)
                } else {
                    combine(start, sources, 2, count)
                }
            }, to: { copy(sources[0], to: start) },
            repetitions: 20)
        return Figure(name: "kernel.\(type).\(operation)", value: ratio, unit: "memcpy")
    }

    /// Never inlined, or the compiler sees that the next copy would overwrite it.
    @inline(never)
    private static func copy(_ source: UnsafeRawPointer, to start: UnsafeMutableRawPointer) {
        start.copyMemory(from: source, byteCount: byteCount)
    }
}
