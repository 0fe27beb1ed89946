import Collectives
import Synchronization
import TestSupport
import Testing

@testable import MartletC

@Suite struct HandleTableTests {
    /// How many guests live, and what threads tell each other.
    private final class House: Sendable {
        let living = Atomic<Int>(0)
        let current = Atomic<UInt>(0)
        let seenCount = Atomic<Int>(0)
        let deadCount = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
    }

    private final class Guest: Sendable {
        let house: House
        private let isAlive = Atomic<Bool>(true)

        init(_ house: House) {
            self.house = house
            house.living.wrappingAdd(1, ordering: .relaxed)
        }

        deinit {
            isAlive.store(false, ordering: .relaxed)
            house.living.wrappingSubtract(1, ordering: .relaxed)
        }

        var answers: Bool { isAlive.load(ordering: .relaxed) }
    }

    @Test func `a table gives every object back, whoever uses it meanwhile`() throws {
        let table = HandleTable<Guest>(kind: 9)
        let house = House()
        let threads = try (0..<3).map { number in
            try JoinableThread("user \(number)") {
                while !house.isOver.load(ordering: .acquiring) {
                    let answer = table.with(house.current.load(ordering: .acquiring)) {
                        $0.answers
                    }
                    guard let answer else { continue }
                    house.seenCount.wrappingAdd(1, ordering: .relaxed)
                    if !answer { house.deadCount.wrappingAdd(1, ordering: .relaxed) }
                }
            }
        }
        var rounds = 0
        while rounds < 20_000 || house.seenCount.load(ordering: .relaxed) < 100 {
            rounds += 1
            let handle = try #require(try table.insert { Guest(house) })
            house.current.store(handle, ordering: .releasing)
            #expect(table.with(handle) { $0.answers } == true)
            #expect(table.remove(handle))
            #expect(!table.remove(handle))
        }
        house.isOver.store(true, ordering: .releasing)
        for thread in threads { thread.join() }
        #expect(house.deadCount.load(ordering: .relaxed) == 0)
        #expect(house.living.load(ordering: .relaxed) == 0)
    }

    @Test func `an object outlives its handle while somebody uses it`() throws {
        let table = HandleTable<Guest>(kind: 9)
        let house = House()
        let handle = try #require(try table.insert { Guest(house) })
        let isRemoved = table.with(handle) { guest in
            let isRemoved = table.remove(handle)
            #expect(house.living.load(ordering: .relaxed) == 1 && guest.answers)
            #expect(table.with(handle) { _ in true } == nil)
            return isRemoved
        }
        #expect(isRemoved == true)
        #expect(house.living.load(ordering: .relaxed) == 0)
    }

    @Test func `a full table says so, and has room again afterwards`() throws {
        let table = HandleTable<Guest>(kind: 9)
        let house = House()
        var handles: Set<UInt> = []
        while handles.count < HandleTable<Guest>.capacity {
            handles.insert(try #require(try table.insert { Guest(house) }))
        }
        let error = #expect(throws: CollectiveError.self) {
            try table.insert { Guest(house) }
        }
        #expect(error?.code == .busy)
        for handle in handles { #expect(table.remove(handle)) }
        #expect(house.living.load(ordering: .relaxed) == 0)
        let next = try #require(try table.insert { Guest(house) })
        #expect(!handles.contains(next))
        #expect(table.remove(next))
    }

    @Test func `a slot goes back where nothing was made`() throws {
        let table = HandleTable<Guest>(kind: 9)
        for _ in 0...HandleTable<Guest>.capacity {
            #expect(try table.insert { nil } == nil)
            #expect(throws: CollectiveError.self) {
                try table.insert { () throws(CollectiveError) in
                    throw CollectiveError(.system, "not today")
                }
            }
        }
    }
}
