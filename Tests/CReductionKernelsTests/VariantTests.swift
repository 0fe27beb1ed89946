import CReductionKernels
import Testing

private func isSupported(_ variant: Int) -> Bool {
    creduction_variant_is_supported(creduction_variant(variant))
}

/// Every type and operation of every variant that this processor runs; the others show as skipped.
@Suite struct VariantTests {
    @Test(arguments: ElementType.allCases, Operation.allCases)
    func `baseline kernels agree with the reference`(
        type: ElementType, operation: Operation
    ) throws {
        let check = ReferenceCheck(
            variant: creduction_variant(creduction_baseline), type: type, operation: operation)
        try check.countsAndSources()
        try check.notablePairs()
    }

    @Test(
        .enabled(if: isSupported(creduction_avx2), "this processor lacks AVX2: not run"),
        arguments: ElementType.allCases, Operation.allCases)
    func `AVX2 kernels agree with the reference`(type: ElementType, operation: Operation) throws {
        let check = ReferenceCheck(
            variant: creduction_variant(creduction_avx2), type: type, operation: operation)
        try check.countsAndSources()
        try check.notablePairs()
    }

    @Test(
        .enabled(if: isSupported(creduction_avx512), "this processor lacks AVX-512: not run"),
        arguments: ElementType.allCases, Operation.allCases)
    func `AVX-512 kernels agree with the reference`(
        type: ElementType, operation: Operation
    ) throws {
        let check = ReferenceCheck(
            variant: creduction_variant(creduction_avx512), type: type, operation: operation)
        try check.countsAndSources()
        try check.notablePairs()
    }
}
