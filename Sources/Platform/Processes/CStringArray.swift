/// Strings in the form that exec wants: an array of zero-terminated strings, ended by nil.
/// Bytes, not text: file names and variables need not be UTF-8.
@safe package struct CStringArray: ~Copyable {
    private let storage: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    package init(_ strings: [[UInt8]]) {
        count = strings.count
        unsafe storage = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
            for (offset, byte) in string.enumerated() {
                unsafe copy[offset] = CChar(bitPattern: byte)
            }
            unsafe copy[string.count] = 0
            unsafe (storage + index).initialize(to: copy)
        }
        unsafe (storage + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe storage[index]?.deallocate() }
        unsafe storage.deallocate()
    }

    /// Lends the array for one call.
    package func withUnsafePointer<Result>(
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        unsafe body(UnsafePointer(storage))
    }
}
