import TestSupport
import Testing

/// martlet.h as compilers of C and C++ see it.
@Suite struct HeaderTests {
    @Test(arguments: [
        "gcc -std=c99", "clang -std=c99", "g++ -xc++ -std=c++11", "clang++ -xc++ -std=c++11",
    ])
    func `the header compiles without a warning, and its layout never changes`(
        compiler: String
    ) throws {
        _ = try Command.output(
            compiler.split(separator: " ").map(String.init) + [
                "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only",
                "-ISources/CMartlet/include", "Tests/MartletCTests/Programs/header.c",
            ])
    }

    @Test func `a changed layout is noticed`() throws {
        let changed = "s/int32_t culprit;/int64_t culprit;/"
        let folder = try TemporaryDirectory()
        _ = try Command.output(
            [
                "sh", "-c",
                "sed '\(changed)' Sources/CMartlet/include/martlet.h > \(folder.path)/martlet.h",
            ])
        let command = try Command.run([
            "gcc", "-std=c99", "-fsyntax-only", "-I\(folder.path)",
            "Tests/MartletCTests/Programs/header.c",
        ])
        #expect(command.status != 0)
        #expect(command.output.contains("check_in_line"))
    }
}
