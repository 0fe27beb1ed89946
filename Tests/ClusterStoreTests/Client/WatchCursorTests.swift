import TestSupport
import Testing

@testable import ClusterStore

@Suite("Cursor of a watch")
struct WatchCursorTests {
    /// A history in which a revision changes one to five keys.
    private static func history(_ generator: inout SeededGenerator) -> [StoreEvent] {
        (1...40).flatMap { revision in
            (0..<Int.random(in: 1...5, using: &generator)).map { index in
                StoreEvent(
                    kind: .put,
                    keyValue: KeyValue(
                        key: "k\(index)", value: [], createRevision: Revision(Int64(revision)),
                        modRevision: Revision(Int64(revision)), version: 1))
            }
        }
    }

    @Test("nothing is lost or repeated, wherever streams break off", arguments: 0..<300)
    func streams(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let history = Self.history(&generator)
        let start = Revision(Int64.random(in: 1...20, using: &generator))
        var cursor = WatchCursor(from: start)
        var told: [[StoreEvent]] = []
        while cursor.next != Revision(41) {
            cursor.begin()
            let header = ResponseHeader(clusterID: 1, memberID: 1, revision: Revision(40))
            let contradiction = cursor.created(header)
            #expect(contradiction == nil)
            // The store sends from where it was asked, cut anywhere, and sometimes repeats.
            let repeated = Int64.random(in: 0...2, using: &generator)
            let from = Revision((cursor.next ?? start).rawValue - repeated)
            var rest = history.filter { $0.revision >= from }[...]
            let isCut = Bool.random(using: &generator)
            while !rest.isEmpty {
                let count = Int.random(in: 1...12, using: &generator)
                let piece = Array(rest.prefix(count))
                rest = rest.dropFirst(count)
                let isFragment = rest.first?.revision == piece.last?.revision
                let complete = cursor.take(piece, isFragment: isFragment)
                if !complete.isEmpty { told.append(complete) }
                if isCut, Int.random(in: 0...3, using: &generator) == 0 { break }
            }
        }
        #expect(told.flatMap { $0 } == history.filter { $0.revision >= start })
        // No revision is torn apart.
        let revisions = told.map { Set($0.map(\.revision)) }
        for (index, batch) in revisions.enumerated() {
            #expect(revisions.dropFirst(index + 1).allSatisfy { $0.isDisjoint(with: batch) })
        }
    }

    @Test("a quiet watch moves on with the store's progress")
    func progress() {
        var cursor = WatchCursor(from: nil)
        expect(nil, &cursor, header(10))
        #expect(cursor.next == Revision(11))
        let isNews = cursor.progressed(to: Revision(15))
        #expect(isNews)
        #expect(cursor.next == Revision(16))
        let isOld = !cursor.progressed(to: Revision(15))
        #expect(isOld)
        #expect(cursor.next == Revision(16))
    }

    @Test("another store, or one set back, is noticed")
    func contradictions() {
        var cursor = WatchCursor(from: nil, after: header(10))
        #expect(cursor.next == Revision(11))
        expect(nil, &cursor, header(10))
        expect(.olderRevision, &cursor, header(9))
        expect(.otherStore, &cursor, header(20, clusterID: 2))
        cursor.restart(behind: Revision(3), clusterID: 2)
        expect(nil, &cursor, header(3, clusterID: 2))
        #expect(cursor.next == Revision(4))
    }

    @Test("a future asked for by the reader is no contradiction")
    func future() {
        var cursor = WatchCursor(from: Revision(100))
        expect(nil, &cursor, header(10))
        #expect(cursor.next == Revision(100))
    }

    private func expect(
        _ due: WatchCursor.Contradiction?, _ cursor: inout WatchCursor, _ header: ResponseHeader,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = cursor.created(header)
        #expect(found == due, sourceLocation: sourceLocation)
    }

    private func header(_ revision: Int64, clusterID: UInt64 = 1) -> ResponseHeader {
        ResponseHeader(clusterID: clusterID, memberID: 1, revision: Revision(revision))
    }
}
