import Glibc
import Martlet

/// Learns to read handwritten digits on several ranks at once:
///
///     swift build -c release
///     martlet launch -n 4 -- .build/release/digits digits.bin
///
/// Alone, `.build/release/digits digits.bin` does the same on one rank.
@main struct Main {
    static let epochCount = 15

    static func main() {
        guard CommandLine.arguments.count == 2 else {
            fail("usage: digits FILE, where FILE is this example's digits.bin", status: 2)
        }
        do {
            let digits = try Digits(path: CommandLine.arguments[1])
            // Sums of floating-point numbers depend on their order, and that on the algorithm. One
            // that is named, instead of measured at each join, gives the same weights in each run.
            var options = JoinOptions()
            options.algorithm = .tree
            let world = try Communicator.join(options)
            try learn(digits, world)
            world.leave()
        } catch {
            fail("\(error)", status: 1)
        }
    }

    private static func learn(_ digits: Digits, _ world: Communicator) throws(CollectiveError) {
        var training = try Training(world: world, digits: digits)
        for epoch in 1...epochCount {
            let loss = try training.runEpoch(epoch)
            if world.rank == 0 { print("epoch \(epoch): loss \(decimals(loss, 1e9))") }
        }
        let accuracy = try training.testAccuracy()
        if world.rank == 0 {
            print(
                "of \(digits.test.count) images that it never saw, the network reads "
                    + "\(decimals(100 * accuracy, 10)) % right")
        }
        let hash = String(training.network.hash, radix: 16)
        print("rank \(world.rank) of \(world.rankCount): weights \(hash)")
    }

    private static func decimals(_ value: Double, _ scale: Double) -> Double {
        (value * scale).rounded() / scale
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        let line = "digits: \(message)\n"
        write(STDERR_FILENO, line, line.utf8.count)
        exit(status)
    }
}
