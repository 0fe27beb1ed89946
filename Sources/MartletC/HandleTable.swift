internal import Collectives
internal import Glibc
internal import Synchronization

/// The numbers that C programs hold in place of objects.
///
/// A handle is the index of a slot and the generation in which the slot got its object, so that any
/// 64 bits can be told from a live handle without following them: those of a destroyed object, of a
/// table of another kind, or random ones. Finding an object takes no lock.
///
/// | bits of a handle | what |
/// |---|---|
/// | 63...32 | the slot's generation, odd while it holds the object |
/// | 31...24 | the kind of the table |
/// | 23...0 | the slot's index |
final class HandleTable<Object: AnyObject & Sendable>: Sendable {
    /// So many handles exist at a time; slots that were never used cost no memory.
    static var capacity: Int { 65_536 }

    private let kind: UInt64
    private let slots: Slots
    private let free = Mutex(FreeSlots())

    /// Indices to give away: those that came back, then those that were never used.
    private struct FreeSlots {
        var returned: [Int] = []
        var nextUnused = 0
    }

    /// The memory of all slots.
    @safe private struct Slots: @unchecked Sendable {
        // A slot's word says who may touch its object; both stay in place.
        let words: UnsafeMutablePointer<Atomic<UInt64>>
        let objects: UnsafeMutablePointer<Unmanaged<Object>?>
    }

    init(kind: UInt8) {
        self.kind = UInt64(kind) << 24
        // Zero bytes from the kernel are words of value 0 and no objects, and are not there until
        // somebody touches them.
        guard let words = unsafe calloc(Self.capacity, MemoryLayout<Atomic<UInt64>>.stride),
            let objects = unsafe calloc(Self.capacity, MemoryLayout<Unmanaged<Object>?>.stride)
        else { fatalError("no memory for a table of handles") }
        unsafe slots = Slots(
            words: words.assumingMemoryBound(to: Atomic<UInt64>.self),
            objects: objects.assumingMemoryBound(to: Unmanaged<Object>?.self))
    }

    /// Only tests make tables that end; the library's live as long as the process. Objects whose
    /// handles nobody gave back stay.
    deinit {
        unsafe Glibc.free(slots.words)
        unsafe Glibc.free(slots.objects)
    }
}

// MARK: - The word of a slot

/// The state of a slot in one atomic word, above its users.
///
/// | bits | what |
/// |---|---|
/// | 63...32 | the generation: odd while handles are good, even after they were retired |
/// | 31 | whether an object is there |
/// | 30...0 | how many threads are using it, or finding out that they may not |
private enum Word {
    static let generation: UInt64 = 1 << 32
    static let object: UInt64 = 1 << 31
    static let users: UInt64 = object - 1

    static func isRetired(_ word: UInt64) -> Bool { word & generation == 0 }
}

extension HandleTable {
    /// Keeps the object that `make` makes, and gives it a handle; none where there is no object.
    ///
    /// The slot is taken first, so that nothing is made that no handle could be had for.
    func insert(
        _ make: () throws(CollectiveError) -> Object?
    ) throws(CollectiveError) -> UInt? {
        let index = try takeSlot()
        do throws(CollectiveError) {
            if let object = try make() { return fill(index, object) }
            giveBack(index)
            return nil
        } catch {
            giveBack(index)
            throw error
        }
    }

    private func takeSlot() throws(CollectiveError) -> Int {
        let index = free.withLock { free -> Int? in
            if let index = free.returned.popLast() { return index }
            guard free.nextUnused < Self.capacity else { return nil }
            defer { free.nextUnused += 1 }
            return free.nextUnused
        }
        if let index { return index }
        throw CollectiveError(
            .busy, "\(Self.capacity) handles exist: give some of them back first", phase: .idle)
    }

    private func giveBack(_ index: Int) {
        free.withLock { $0.returned.append(index) }
    }

    private func fill(_ index: Int, _ object: Object) -> UInt {
        unsafe slots.objects[index] = Unmanaged.passRetained(object)
        // Releasing: who finds the generation finds the object.
        let word = unsafe slots.words[index].wrappingAdd(
            Word.generation + Word.object, ordering: .acquiringAndReleasing
        ).newValue
        return UInt(word & ~(Word.object | Word.users) | kind | UInt64(index))
    }

    /// Calls `body` with the object of a handle, which lives at least as long; nil, without calling
    /// it, where the handle has none.
    func with<Result>(_ handle: UInt, _ body: (Object) -> Result) -> Result? {
        guard let index = index(of: handle) else { return nil }
        let word = unsafe slots.words[index].wrappingAdd(1, ordering: .acquiring).newValue
        defer { letGo(index) }
        guard hasSameGeneration(word, handle), let object = unsafe slots.objects[index] else {
            return nil
        }
        return unsafe object._withUnsafeGuaranteedRef { body($0) }
    }

    /// Ends a handle: the object goes when the last thread that uses it has let go. False where the
    /// handle had none.
    func remove(_ handle: UInt) -> Bool {
        guard let index = index(of: handle) else { return false }
        let slot = unsafe slots.words + index
        // A user for as long as this takes, so that nobody else empties the slot meanwhile.
        var word = unsafe slot.pointee.wrappingAdd(1, ordering: .acquiring).newValue
        defer { letGo(index) }
        while hasSameGeneration(word, handle) {
            let (exchanged, original) = unsafe slot.pointee.weakCompareExchange(
                expected: word, desired: word &+ Word.generation, ordering: .acquiringAndReleasing)
            if exchanged { return true }
            word = original
        }
        return false
    }

    private func index(of handle: UInt) -> Int? {
        let index = Int(handle & 0xff_ffff)
        guard UInt64(handle) & 0xff00_0000 == kind, index < Self.capacity,
            !Word.isRetired(UInt64(handle))
        else { return nil }
        return index
    }

    private func hasSameGeneration(_ word: UInt64, _ handle: UInt) -> Bool {
        word >> 32 == UInt64(handle) >> 32
    }

    /// One user less; the last one of a retired slot empties it.
    private func letGo(_ index: Int) {
        let slot = unsafe slots.words + index
        let word = unsafe slot.pointee.wrappingSubtract(1, ordering: .acquiringAndReleasing)
            .newValue
        guard Word.isRetired(word), word & Word.users == 0, word & Word.object != 0 else { return }
        // Whoever takes the bit away owns the object; a failed exchange means that another user
        // came, who will be the last one then.
        let (isOwner, _) = unsafe slot.pointee.compareExchange(
            expected: word, desired: word & ~Word.object, ordering: .acquiringAndReleasing)
        guard isOwner else { return }
        unsafe slots.objects[index]?.release()
        unsafe slots.objects[index] = nil
        giveBack(index)
    }
}
