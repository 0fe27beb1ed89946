import Testing

@testable import MartletCLI

@Suite struct LinePrefixerTests {
    private func output(
        _ pieces: [[UInt8]], label: String? = "2", color: Int? = nil, limit: Int = 1 << 16
    ) -> [UInt8] {
        var prefixer = LinePrefixer(label: label, color: color, lineByteLimit: limit)
        var output: [UInt8] = []
        for piece in pieces { prefixer.consume(piece, into: &output) }
        prefixer.finish(into: &output)
        return output
    }

    private func text(_ pieces: [String], label: String? = "2", limit: Int = 1 << 16) -> String {
        String(
            decoding: output(pieces.map { Array($0.utf8) }, label: label, limit: limit),
            as: UTF8.self)
    }

    @Test func `every line is marked, also the empty ones and the last without an end`() {
        #expect(text(["a\n\nb\nc"]) == "[2] a\n[2] \n[2] b\n[2] c\n")
        #expect(text(["a\n"]) == "[2] a\n")
        #expect(text([]).isEmpty)
    }

    @Test(arguments: 1...9) func `where the reads cut the bytes does not matter`(size: Int) {
        let whole = Array("one\ntwo\r\n\n\u{0}three\nfour".utf8) + [0xff, 0xfe, 0x0a, 0x00]
        let pieces = stride(from: 0, to: whole.count, by: size).map {
            Array(whole[$0..<min($0 + size, whole.count)])
        }
        #expect(output(pieces) == output([whole]))
    }

    @Test func `without a label bytes pass unchanged`() {
        let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(output([bytes], label: nil, limit: 100) == bytes)
    }

    @Test func `a line beyond the limit goes on in marked lines`() {
        #expect(text(["abcdefgh", "ij\nk\n"], limit: 4) == "[2] abcd\n[2]+ efgh\n[2]+ ij\n[2] k\n")
        #expect(text(["abcd\n"], limit: 8) == "[2] abcd\n")
    }

    @Test func `colour surrounds the mark only`() {
        let bytes = output([Array("a\n".utf8)], color: 33)
        #expect(String(decoding: bytes, as: UTF8.self) == "\u{1b}[33m[2]\u{1b}[0m a\n")
    }
}
