import CReductionKernels
import TestSupport
import Testing

@Suite struct EnvironmentTests {
    #if arch(x86_64)
        /// Default control, with denormals flushed on input and output and rounding toward zero.
        private let unusual: UInt64 = 0x1F80 | 0x8040 | 0x6000
    #else
        /// Flush to zero and rounding toward zero.
        private let unusual: UInt64 = 1 << 24 | 3 << 22
    #endif

    private func sum(_ operands: [UInt64]) throws -> UInt64 {
        var generator = SeededGenerator(seed: 5)
        let bench = Workbench(.float32, operands.map { [$0] }, using: &generator)
        let kernel = creduction_lookup(
            ElementType.float32.rawValue, Operation.sum.rawValue)
        return try bench.combine(kernel)[0]
    }

    @Test func `denormals and rounding do not depend on the caller's settings`() throws {
        let original = creduction_environment_enter()
        creduction_environment_leave(unusual)
        let flushed = try sum([1, 1])

        let previous = creduction_environment_enter()
        let kept = try sum([1, 1])
        creduction_environment_leave(previous)

        let flushedAgain = try sum([1, 1])
        let restored = creduction_environment_enter()
        creduction_environment_leave(original)

        #expect(flushed == 0, "the setting had no effect, so the test shows nothing")
        #expect(kept == 2)
        #expect(flushedAgain == 0)
        // The exceptions that happened meanwhile are recorded in the low bits.
        #expect(restored & ~0x3F == unusual)
    }
}
