package import CReductionKernels

/// The memory and arithmetic of one operation, for the executor.
///
/// Both pointers address the first byte of the whole extent, also where the caller's buffer holds
/// only a part of it; the executor touches only the chunks that the program names.
@unsafe package struct Binding {
    package var input: UnsafeRawPointer
    package var output: UnsafeMutableRawPointer
    /// Elements of the whole extent.
    package var elementCount: Int
    package var elementByteCount: Int
    /// Combines ordered sources into one destination.
    package var combine: creduction_combine
    /// Does the same for the combination that completes a result, where that is not `combine`.
    package var finish: creduction_finish?
    /// By what `finish` divides.
    package var divisor: UInt32

    package init(
        input: UnsafeRawPointer, output: UnsafeMutableRawPointer, elementCount: Int,
        elementByteCount: Int, combine: @escaping creduction_combine,
        finish: creduction_finish?, divisor: UInt32
    ) {
        unsafe self.input = input
        unsafe self.output = output
        unsafe self.elementCount = elementCount
        unsafe self.elementByteCount = elementByteCount
        unsafe self.combine = combine
        unsafe self.finish = finish
        unsafe self.divisor = divisor
    }
}
