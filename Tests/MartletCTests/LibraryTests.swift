import TestSupport
import Testing

/// libmartlet.so as users get it: installed by scripts/build-library and used from outside.
@Suite(.serialized) struct LibraryTests {
    /// Where the library is installed; built before the first test, which takes minutes once.
    private static let prefix = Result {
        _ = try Command.output(["scripts/build-library"], timeoutSeconds: 1500)
        return "\(Command.root)/.build/library/installed"
    }

    private let prefix: String
    private var library: String { "\(prefix)/lib/libmartlet.so" }
    private var search: [String: String] { ["PKG_CONFIG_PATH": "\(prefix)/lib/pkgconfig"] }

    init() throws {
        prefix = try Self.prefix.get()
    }

    @Test func `only what the header declares leaves the library`() throws {
        let symbols = try Command.output(["nm", "-D", "--defined-only", library])
        let names = symbols.split(separator: "\n").map { line in
            String(line.split(separator: " ").last ?? "").prefix { $0 != "@" }
        }
        // The version's own name is a symbol, too.
        let exported = names.filter { $0 != "MARTLET_0" }
        let strangers = exported.filter { !$0.hasPrefix("martlet_") }
        #expect(strangers == [])
        let header = try Command.output(["cat", "\(prefix)/include/martlet.h"])
        let declared = header.matches(of: /^[a-z].*?(martlet_[a-z_]+)\(/.anchorsMatchLineEndings())
            .map { String($0.1) }
        #expect(declared.count == 32)
        #expect(Set(exported.map(String.init)) == Set(declared))
    }

    @Test func `the library has a soname and needs no runtime of Swift`() throws {
        let dynamic = try Command.output(["readelf", "-d", library])
        #expect(dynamic.contains("Library soname: [libmartlet.so.0]"))
        #expect(!dynamic.contains("libswift") && !dynamic.contains("libFoundation"))
        #expect(!dynamic.contains("RUNPATH") && !dynamic.contains("RPATH"))
        let version = try Command.output(["readlink", "-f", library])
        #expect(version.hasSuffix("/libmartlet.so.0.1.0\n"))
    }

    @Test func `pkg-config finds the library`() throws {
        let flags = try Command.output(
            ["pkg-config", "--cflags", "--libs", "martlet"], environment: search)
        #expect(flags.contains("-I\(prefix)/include"))
        #expect(flags.contains("-L\(prefix)/lib -lmartlet"))
        let version = try Command.output(
            ["pkg-config", "--modversion", "martlet"], environment: search)
        #expect(version == "0.1.0\n")
    }

    @Test func `the example in C sums over four processes`() throws {
        let folder = try TemporaryDirectory()
        _ = try Command.output([
            "sh", "-c", "cp Examples/c/all_reduce.c Examples/c/Makefile \(folder.path)",
        ])
        _ = try Command.output(
            ["make", "CFLAGS=-O2 -Werror"], environment: search, directory: folder.path)
        let ranks = try (0..<4).map { rank in
            try Command.start(
                ["./all_reduce"],
                environment: [
                    "MARTLET_RANK": "\(rank)", "MARTLET_RANK_COUNT": "4",
                    "MARTLET_MEETING": "file:\(folder.path)/meeting",
                ], directory: folder.path)
        }
        for (rank, running) in ranks.enumerated() {
            let command = try running.finish()
            #expect(command.status == 0, "\(command.output)")
            #expect(command.output.contains("rank \(rank) of 4: the sum is 10, 0 wrong"))
        }
    }

    @Test(.enabled(if: Command.exists("python3"), "python3 is not installed"))
    func `ctypes loads the library and runs a job of one rank`() throws {
        let output = try Command.output(
            ["python3", "Tests/MartletCTests/Programs/one_rank.py", library],
            environment: ["MARTLET_RANK": "0", "MARTLET_RANK_COUNT": "1"])
        #expect(output == "3.0 6.0\n")
    }
}
