import Platform
import Testing

@testable import MartletCLI

/// The built `martlet` on a terminal.
@Suite(.serialized) struct LaunchTerminalTests {
    @Test func `marks are coloured on a terminal and nowhere else`() throws {
        let terminal = try PseudoTerminal()
        let job = try RunningCommand(
            ["launch", "-n", "2", "--", "/bin/sh", "-c", "echo out; echo err >&2"],
            environment: ["TERM=xterm", "NO_COLOR="], output: terminal.terminal.rawValue)
        let result = try job.finish()
        #expect(eventually { terminal.text.count { $0 == "\n" || $0 == "\r\n" } >= 2 })
        #expect(terminal.text.contains("\u{1b}[36m[0]\u{1b}[0m out"))
        #expect(terminal.text.contains("\u{1b}[31m[1]\u{1b}[0m out"))
        #expect(result.errorLines.sorted() == ["[0] err", "[1] err"])
    }

    @Test(arguments: [["NO_COLOR=1", "TERM=xterm"], ["NO_COLOR=", "TERM=dumb"]])
    func `colour can be refused`(variables: [String]) throws {
        let terminal = try PseudoTerminal()
        let job = try RunningCommand(
            ["launch", "-n", "1", "--", "/bin/echo", "out"], environment: variables,
            output: terminal.terminal.rawValue)
        _ = try job.finish()
        #expect(eventually { terminal.text.contains("[0] out") })
        #expect(!terminal.text.contains("\u{1b}"))
    }

    @Test func `what is typed reaches the chosen rank and ends with Ctrl-D`() throws {
        let terminal = try PseudoTerminal()
        let job = try RunningCommand(
            [
                "launch", "-n", "2", "--stdin-to", "1", "--", "/bin/sh", "-c",
                "while read line; do echo got $line; done; echo end",
            ], input: terminal.terminal.rawValue)
        terminal.type("one\n")
        try job.waitForLines(1, containing: "[1] got one")
        terminal.type("two\n\u{4}")
        let result = try job.finish()
        #expect(result.lines.sorted() == ["[0] end", "[1] end", "[1] got one", "[1] got two"])
    }

    @Test func `bench shows what it does on a terminal, and wipes it`() throws {
        let terminal = try PseudoTerminal()
        let job = try RunningCommand(
            ["bench", "all-reduce", "--ranks", "2", "--sizes", "8", "-n", "1"],
            environment: ["TERM=xterm"], error: terminal.terminal.rawValue)
        let result = try job.finish()
        #expect(result.status == 0)
        #expect(!result.output.contains("\u{1b}"))
        let progress = "\r\u{1b}[K# 1 of 1: all-reduce of 8 B"
        #expect(eventually { terminal.text.contains(progress) })
        #expect(terminal.text.hasSuffix("\r\u{1b}[K"))
    }
}
