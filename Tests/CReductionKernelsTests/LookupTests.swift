import CReductionKernels
import Testing

@Suite struct LookupTests {
    @Test(arguments: ElementType.allCases, Operation.allCases)
    func `only an average has to be finished`(type: ElementType, operation: Operation) {
        let kernel = creduction_lookup(type.rawValue, operation.rawValue)
        #expect(unsafe kernel.combine != nil)
        #expect(unsafe (kernel.finish != nil) == (operation == .average))
    }

    @Test(arguments: [(0, 1), (11, 1), (-1, 1), (1, 0), (1, 6), (1, -1), (.max, .min)])
    func `unknown types and operations have no kernel`(type: Int32, operation: Int32) {
        let kernel = creduction_lookup(type, operation)
        #expect(unsafe kernel.combine == nil)
        #expect(unsafe kernel.finish == nil)
    }

    @Test(arguments: [-1, 0, 1, 2, 3] as [creduction_variant])
    func `a variant has kernels exactly where the processor runs it`(variant: creduction_variant) {
        let kernel = creduction_lookup_variant(
            variant, ElementType.float32.rawValue, Operation.sum.rawValue)
        #expect(unsafe (kernel.combine != nil) == creduction_variant_is_supported(variant))
        #expect(unsafe (creduction_variant_name(variant) != nil) == (0...2).contains(variant))
    }

    @Test func `the best variant is the last one that the processor runs`() {
        let supported = (0...2).filter { creduction_variant_is_supported($0) }
        #expect(supported.first == 0)
        #expect(creduction_best_variant() == supported.last)
    }

    @Test func `the header's values are the wire values`() {
        #expect(creduction_int8 == 1)
        #expect(creduction_uint64 == 6)
        #expect(creduction_float16 == 7)
        #expect(creduction_float64 == 10)
        #expect(creduction_sum == 1)
        #expect(creduction_average == 5)
    }

    @Test(arguments: ElementType.allCases)
    func `elements have their size`(type: ElementType) {
        #expect(creduction_element_byte_count(type.rawValue) == type.kind.byteCount)
        #expect(creduction_element_byte_count(0) == 0)
        #expect(creduction_element_byte_count(11) == 0)
    }
}
