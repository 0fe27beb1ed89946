import Glibc
import Martlet

/// The first steps with Martlet:
///
///     swift build -c release
///     martlet launch -n 4 -- .build/release/first-steps
///
/// Alone, `.build/release/first-steps` is a job of one rank.
@main struct Main {
    static func main() {
        do {
            // Where the others are comes from the environment, which `martlet launch` sets.
            let world = try Communicator.join()
            if world.rank == 0 { print(world.describe()) }

            // Every rank ends with the sum of all ranks' arrays.
            var gradients: [Float] = [Float(world.rank), 1, 0.5]
            try world.allReduce(&gradients, .sum)
            say(world, "summed \(gradients)")

            try reduceBesideOtherWork(world)
            try divide(world)
            world.leave()
        } catch {
            // Which rank is to blame, what it did, and what helps: all in the description.
            let line = "first-steps: \(error)\n"
            write(STDERR_FILENO, line, line.utf8.count)
            exit(1)
        }
    }

    /// An operation that is started takes its buffer and gives it back at `wait()`: nobody can
    /// touch it in between.
    private static func reduceBesideOtherWork(_ world: Communicator) throws(CollectiveError) {
        let buffer = CollectiveBuffer(repeating: Double(world.rank + 1), count: 1_000_000)
        let pending = try world.startAllReduce(buffer, .maximum)
        var pieces = 0
        while !pending.isDone && pieces < 1_000_000 { pieces += 1 }
        let result = try pending.wait()
        say(world, "found the maximum \(result[0]) beside \(pieces) pieces of other work")
    }

    /// Even and odd ranks go on in groups of their own.
    private static func divide(_ world: Communicator) throws(CollectiveError) {
        guard let group = try world.split(color: world.rank % 2) else { return }
        let members = try group.allGather([world.rank])
        say(world, "is rank \(group.rank) of the group \(members)")
        group.leave()
    }

    private static func say(_ world: Communicator, _ text: String) {
        print("rank \(world.rank) of \(world.rankCount) \(text)")
    }
}
