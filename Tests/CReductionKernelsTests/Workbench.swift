import CReductionKernels
import Glibc
import TestSupport
import Testing

/// Operands in raw memory, and what a kernel made of them.
///
/// Every source stands at an address of its own misalignment, and every byte around the
/// destination is watched. (Loops over raw memory instead of collections of bytes: unoptimised
/// tests spend their time here.)
struct Workbench {
    private static let marginByteCount = 96
    private static let untouched: UInt8 = 0xA5

    let kind: ElementKind
    let operands: [[UInt64]]
    /// Of each source, and of the memory that is no source.
    private let offsets: [Int]

    /// `operands[source][element]`.
    init(_ kind: ElementKind, _ operands: [[UInt64]], using generator: inout SeededGenerator) {
        self.kind = kind
        self.operands = operands
        var offsets: [Int] = []
        for _ in 0...operands.count {
            offsets.append(Int.random(in: 0...Self.marginByteCount / 2, using: &generator))
        }
        self.offsets = offsets
    }

    private var elementCount: Int { operands[0].count }
    private var arenaByteCount: Int { elementCount * kind.byteCount + 2 * Self.marginByteCount }

    /// A source in fresh memory, or memory that is no source.
    private func makeArena(_ index: Int) -> UnsafeMutableRawPointer {
        let arena = UnsafeMutableRawPointer.allocate(byteCount: arenaByteCount, alignment: 64)
        unsafe memset(arena, CInt(Self.untouched), arenaByteCount)
        guard index < operands.count else { return unsafe arena }
        unsafe operands[index].withUnsafeBufferPointer { values in
            var position = unsafe arena + offsets[index]
            for element in 0..<elementCount {
                var value = unsafe values[element].littleEndian
                unsafe memcpy(position, &value, kind.byteCount)
                unsafe position += kind.byteCount
            }
        }
        return unsafe arena
    }

    /// Runs `body` on the pointers, the destination being the source `inPlace` where one is given,
    /// and returns the elements it left there. Everything else must be as it was.
    private func results(
        inPlace: Int?, _ body: (UnsafeMutableRawPointer, [UnsafeRawPointer]) -> Void
    ) -> [UInt64] {
        let destination = inPlace ?? operands.count
        let arenas = unsafe offsets.indices.map { unsafe makeArena($0) }
        defer { unsafe arenas.forEach { unsafe $0.deallocate() } }
        let starts = unsafe zip(arenas, offsets).map { unsafe $0 + $1 }
        unsafe body(
            starts[destination], starts.dropLast().map { UnsafeRawPointer($0) })
        for index in unsafe arenas.indices {
            let before = unsafe makeArena(index)
            defer { unsafe before.deallocate() }
            if index == destination {
                let byteCount = elementCount * kind.byteCount
                unsafe memcpy(before + offsets[index], starts[index], byteCount)
            }
            #expect(
                unsafe memcmp(before, arenas[index], arenaByteCount) == 0,
                "bytes outside the destination changed")
        }
        return unsafe elements(at: starts[destination])
    }

    private func elements(at start: UnsafeMutableRawPointer) -> [UInt64] {
        unsafe [UInt64](unsafeUninitializedCapacity: elementCount) { values, count in
            var position = unsafe start
            for element in 0..<elementCount {
                var value: UInt64 = 0
                unsafe memcpy(&value, position, kind.byteCount)
                unsafe values[element] = UInt64(littleEndian: value)
                unsafe position += kind.byteCount
            }
            count = elementCount
        }
    }
}

extension Workbench {
    func combine(_ kernel: creduction_kernel, inPlace: Int? = nil) throws -> [UInt64] {
        let combine = try unsafe #require(kernel.combine)
        return unsafe results(inPlace: inPlace) { into, sources in
            unsafe combine(into, sources, sources.count, elementCount)
        }
    }

    func finish(
        _ kernel: creduction_kernel, divisor: UInt32, inPlace: Int? = nil
    ) throws -> [UInt64] {
        let finish = try unsafe #require(kernel.finish)
        return unsafe results(inPlace: inPlace) { into, sources in
            unsafe finish(into, sources, sources.count, elementCount, divisor)
        }
    }

    /// What the elements at one position, one of each source, should become.
    func expected(_ reference: ([UInt64]) -> UInt64) -> [UInt64] {
        var results: [UInt64] = []
        var operand = [UInt64](repeating: 0, count: operands.count)
        for element in 0..<elementCount {
            for source in 0..<operands.count {
                operand[source] = operands[source][element]
            }
            results.append(reference(operand))
        }
        return results
    }
}
