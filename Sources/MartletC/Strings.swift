internal import Collectives
internal import Glibc

/// A string of at most `limit` bytes, nil for a null pointer. What is no UTF-8 is repaired.
func text(
    _ start: UnsafePointer<CChar>?, _ name: String, byteLimit: Int = 4096
) throws(CollectiveError) -> String? {
    guard let start = unsafe start else { return nil }
    let count = unsafe strnlen(start, byteLimit + 1)
    guard count <= byteLimit else {
        throw CollectiveError(
            .invalidArgument, "\(name) is longer than \(byteLimit) bytes", phase: .joining)
    }
    return unsafe String(
        decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
}

/// As much of a string as `byteLimit` bytes hold, nil for a null pointer. A character that is cut
/// in two is repaired like anything else that is no UTF-8.
func beginning(of start: UnsafePointer<CChar>?, byteLimit: Int) -> String? {
    guard let start = unsafe start else { return nil }
    return unsafe String(
        decoding: UnsafeRawBufferPointer(start: start, count: strnlen(start, byteLimit)),
        as: UTF8.self)
}

/// As much of a text as fits, cut at a character, and a zero.
func copy(_ text: String, to buffer: UnsafeMutablePointer<CChar>, byteCount: Int) {
    // A size_t above Int's range is more than enough.
    let capacity = byteCount < 0 ? Int.max : byteCount
    guard capacity > 0 else { return }
    var text = text
    text.withUTF8 { bytes in
        var count = min(bytes.count, capacity - 1)
        while count > 0, count < bytes.count, unsafe bytes[count] & 0xc0 == 0x80 { count -= 1 }
        let target = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: count)
        unsafe target.copyBytes(from: bytes[..<count])
        unsafe buffer[count] = 0
    }
}
