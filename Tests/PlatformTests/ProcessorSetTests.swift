import Platform
import Testing

@Suite struct ProcessorSetTests {
    @Test func `the usable processors are as many as the kernel says`() {
        #expect(ProcessorSet.usable.count == Host.usableProcessorCount)
    }

    @Test func `sets with the same processors are equal, however long they were`() {
        #expect(ProcessorSet(words: [5, 0, 0]) == ProcessorSet(words: [5]))
        #expect(ProcessorSet(words: [0]) == ProcessorSet(words: []))
        let long = [UInt64](repeating: 1, count: ProcessorSet.wordLimit + 1)
        #expect(ProcessorSet(words: long).count == ProcessorSet.wordLimit)
    }

    @Test func `sets are united and compared word by word`() {
        let low = ProcessorSet(words: [0b1100])
        let high = ProcessorSet(words: [0b1000, 1])
        #expect(low.intersects(high))
        #expect(!low.intersects(ProcessorSet(words: [0b0011, 1])))
        #expect(low.union(high) == ProcessorSet(words: [0b1100, 1]))
        #expect(high.union(low).count == 3)
        #expect(!low.intersects(ProcessorSet(words: [])))
    }
}
