import Testing

@testable import MartletCLI

@Suite struct SizeTests {
    @Test(
        arguments: zip(
            [
                "0", "8", "8B", "64K", "64k", "64KB", "64KiB", "1M", "1.5M", "1.5MiB", "2G", "2gib",
                "0.5k", "1T", ".25K",
            ],
            [
                0, 8, 8, 65_536, 65_536, 65_536, 65_536, 1 << 20, 3 << 19, 3 << 19, 2 << 30,
                2 << 30, 512, 1 << 40, 256,
            ]))
    func `sizes are read as nccl-tests reads them`(text: String, byteCount: Int) {
        #expect(ByteSize.parse(text) == byteCount)
    }

    @Test(arguments: [
        "", "K", "-1", "1X", "1iB", "1KK", "1e3", "0x10", "inf", "nan", "1 K", "1.2.3", "٣", ".",
        "+1", "K1",
    ])
    func `what is no size is refused`(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }

    @Test(arguments: ["1.5", "0.3K", "1.0001M"])
    func `a part of a byte is refused`(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }

    @Test func `a size no machine has is refused`() {
        #expect(ByteSize.parse("256T") == 1 << 48)
        #expect(ByteSize.parse("257T") == nil)
        #expect(ByteSize.parse("99999999999G") == nil)
        #expect(ByteSize.parse(String(repeating: "9", count: 400)) == nil)
    }

    @Test func `sizes are said short and exact where they can be`() {
        #expect(ByteSize.describe(8) == "8 B")
        #expect(ByteSize.describe(65_536) == "64 KiB")
        #expect(ByteSize.describe(3 << 29) == "1.5 GiB")
        #expect(ByteSize.describe(1_000_000) == "976.6 KiB")
    }

    @Test func `a sweep goes by factors or steps to its last size at most`() {
        #expect(SizeSweep.factors(8...100, factor: 2).byteCounts == [8, 16, 32, 64])
        #expect(SizeSweep.factors(0...4, factor: 2).byteCounts == [0, 1, 2, 4])
        #expect(SizeSweep.steps(10...40, byteCount: 15).byteCounts == [10, 25, 40])
        #expect(SizeSweep.steps(7...7, byteCount: 1 << 20).byteCounts == [7])
        #expect(SizeSweep.list([5, 3]).byteCounts == [5, 3])
    }

    @Test func `an endless sweep stops beyond the limit`() {
        let sizes = SizeSweep.steps(0...(1 << 40), byteCount: 1).byteCounts
        #expect(sizes.count == SizeSweep.countLimit + 1)
    }
}
