import Glibc
import Platform

/// One of the two pipes through which a rank writes to us.
final class RankStream {
    static let readByteCount = 16 << 10

    let rank: Int
    let sink: OutputSink
    private let reader: FileDescriptor
    private var prefixer: LinePrefixer
    private(set) var isOpen = true

    init(rank: Int, reader: consuming FileDescriptor, prefixer: LinePrefixer, sink: OutputSink) {
        self.rank = rank
        self.reader = reader
        self.prefixer = prefixer
        self.sink = sink
    }

    var descriptor: Int32 { reader.rawValue }

    /// Moves what one read brings into the sink; false when nothing waits.
    func pump() -> Bool {
        guard isOpen else { return false }
        var count = 0
        let capacity = Self.readByteCount
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            count = unsafe FileDescriptor.read(
                reader.rawValue, UnsafeMutableRawBufferPointer(buffer))
            filled = max(0, count)
        }
        if count == -Int(EAGAIN) { return false }
        guard count > 0 else {
            finish()
            return false
        }
        sink.append { prefixer.consume(bytes, into: &$0) }
        return true
    }

    /// The rank has closed its end, or nobody waits for it any more.
    func finish() {
        guard isOpen else { return }
        isOpen = false
        sink.append { prefixer.finish(into: &$0) }
    }
}
