import StoreSupport
import Testing

@testable import ClusterStore

@Suite("Queue of a watch")
struct WatchQueueTests {
    @Test("a writer waits while the queue is full, and events keep their order")
    func backPressure() async throws {
        let queue = WatchQueue(limit: 3)
        let written = Monitored(0)
        let writer = Task {
            for index in 0..<100 {
                guard await queue.put(.progress(Revision(Int64(index)))) else { return }
                written.update { $0 = index + 1 }
            }
            queue.finish(.success(()))
        }
        #expect(await eventually { written.update { $0 } == 3 })
        var taken: [Int64] = []
        while let event = try await queue.take() {
            guard case .progress(let revision) = event else { continue }
            taken.append(revision.rawValue)
            #expect(written.update { $0 } <= taken.count + 4)
        }
        #expect(taken == Array(0..<100))
        await writer.value
    }

    @Test("an end comes behind what is there, with its error")
    func end() async throws {
        let queue = WatchQueue(limit: 3)
        #expect(await queue.put(.connected))
        queue.finish(.failure(StoreError(.permissionDenied, "no")))
        #expect(try await queue.take() != nil)
        await #expect(throws: StoreError.self) { try await queue.take() }
    }

    @Test("cancelled readers and writers return")
    func cancellation() async throws {
        let queue = WatchQueue(limit: 1)
        let reader = Task { try await queue.take() }
        reader.cancel()
        #expect(try await reader.value == nil)
        #expect(await queue.put(.connected))
        let writer = Task { await queue.put(.connected) }
        writer.cancel()
        #expect(await !writer.value)
        let abandoned = Task { await queue.put(.connected) }
        queue.abandon()
        #expect(await !abandoned.value)
    }
}
