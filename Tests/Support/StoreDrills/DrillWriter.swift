internal import Synchronization
internal import TestSupport

internal import ClusterStore

/// A client that writes one key, again and again, until it is told to stop.
///
/// It stops between two requests: one that is cancelled may be on its way, and be done after
/// everybody thinks that nobody writes any more.
struct DrillWriter: Sendable {
    let key: Key
    let client: StoreClient
    let book: DrillBook
    let seed: UInt64
    let stop: DrillStop

    func run() async {
        var random = SeededGenerator(seed: seed)
        var number = 0
        while !stop.isSet {
            number += 1
            let isDeletion = UInt.random(in: 0..<10, using: &random) == 0
            // Now and then one that fills several pages of the log.
            let isLong = UInt.random(in: 0..<16, using: &random) == 0
            let padding = String(
                repeating: "x", count: .random(in: 0...(isLong ? 100_000 : 300), using: &random))
            do {
                if isDeletion {
                    let result = try await client.delete(.key(key))
                    guard result.deletedCount > 0 else { continue }
                    book.acknowledge(.init(key: key.text, value: nil), at: result.revision)
                } else {
                    let value = "\(number) \(padding)"
                    let revision = try await client.put(key, Array(value.utf8))
                    book.acknowledge(.init(key: key.text, value: value), at: revision)
                }
            } catch {
                // It may have been done, or not.
                book.loseTrack()
            }
        }
    }
}

/// Tells writers to stop, once.
final class DrillStop: Sendable {
    /// Nothing else is ordered by it.
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() {
        flag.store(true, ordering: .relaxed)
    }
}
