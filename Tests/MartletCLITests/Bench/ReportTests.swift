import Glibc
import Martlet
import Platform
import Schedules
import TestSupport
import Testing

@testable import MartletCLI

@Suite struct ReportTests {
    private func form(_ time: Double, wrong: Int? = 0) -> BenchResult.Form {
        BenchResult.Form(
            statistics: SampleStatistics([time, time + 2]), time: time,
            bandwidth: Bandwidth(
                .allReduce, byteCount: 1 << 20, microseconds: time, rankCount: 2),
            wrongCount: wrong)
    }

    private func result(wrong: Int? = 0, hasBoth: Bool = true) -> BenchResult {
        BenchResult(
            benchCase: BenchCase(
                .allReduce, type: .float16, operation: .average, root: 0, byteCount: 1 << 20,
                rankCount: 2), algorithm: "halving-doubling", transport: "tcp", iterations: 2,
            outOfPlace: hasBoth ? form(250.25, wrong: wrong) : nil, inPlace: form(12_345.6))
    }

    private var context: BenchContext {
        BenchContext(
            collective: .allReduce, rankCount: 2, host: "a\"b", hostCount: 1,
            date: "2026-11-24 01:50 UTC", processorCount: 4,
            transport: "tcp", algorithm: "auto", average: .mean, checks: 1)
    }

    @Test func `a line has nccl-tests' columns in their places and ours behind`() {
        let words = BenchTable.line(result()).split(separator: " ").map(String.init)
        #expect(
            words == [
                "1048576", "524288", "half", "avg", "-1", "250.2", "4.19", "4.19", "0", "12346",
                "0.08", "0.08", "0", "251.2", "252.2", "12347", "12348", "halving-doubling",
                "tcp",
            ])
    }

    @Test func `beside algorithms that were asked for a chosen one says that it was chosen`() {
        let line = BenchTable.line(result(), namesChoice: true)
        #expect(line.hasSuffix("  auto:halving-doubling  tcp"))
        var asked = result()
        asked.benchCase.algorithm = .halvingDoubling
        #expect(BenchTable.line(asked, namesChoice: true).contains("  halving-doubling "))
    }

    @Test func `titles stand over their columns`() {
        let header = BenchTable.header
        let line = BenchTable.line(result())
        #expect(header.allSatisfy { $0.hasPrefix("#") })
        // The right edge of a right-aligned column is where its title ends.
        for (title, value) in [("size", "1048576"), ("count", "524288"), ("redop", "avg")] {
            #expect(end(of: title, in: header[1]) == end(of: value, in: line))
        }
        #expect(start(of: "transport", in: header[1]) == start(of: "tcp", in: line))
    }

    private func start(of word: String, in line: String) -> Int? {
        let (characters, word) = (Array(line), Array(word))
        return characters.indices.first { characters[$0...].starts(with: word) }
    }

    private func end(of word: String, in line: String) -> Int? {
        start(of: word, in: line).map { $0 + word.count }
    }

    @Test func `what was not measured or checked is N/A`() {
        let line = BenchTable.line(result(hasBoth: false))
        #expect(line.split(separator: " ").count { $0 == "N/A" } == 6)
        #expect(BenchTable.line(result(wrong: nil)).split(separator: " ").contains("N/A"))
    }

    @Test func `the last lines judge all results`() {
        #expect(BenchTable.footer([result()])[0] == "# Out of bounds values : 0 OK")
        #expect(BenchTable.footer([result(wrong: 3)])[0] == "# Out of bounds values : 3 FAILED")
        let unchecked = BenchResult(
            benchCase: result().benchCase, algorithm: "", transport: "", iterations: 1,
            outOfPlace: form(1, wrong: nil), inPlace: nil)
        #expect(BenchTable.footer([unchecked])[0] == "# Out of bounds values : not checked")
        #expect(BenchTable.footer([result()])[1].hasPrefix("# Avg bus bandwidth    : 2.13"))
    }

    @Test func `times have fewer digits the longer they are`() {
        #expect(BenchTable.time(1.234) == "1.23")
        #expect(BenchTable.time(123.456) == "123.5")
        #expect(BenchTable.time(12_345.6) == "12346")
    }

    @Test func `CSV has as many cells in every line`() {
        let report = BenchReport(
            context: context, results: [result(), result(hasBoth: false), result(wrong: nil)])
        let lines = report.csv.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5 && lines.last?.isEmpty == true)
        let counts = Set(
            lines.dropLast().map {
                $0.split(separator: ",", omittingEmptySubsequences: false).count
            })
        #expect(counts == [27])
    }

    @Test func `JSON says what it is, with units in its names`() {
        let json = BenchReport(context: context, results: [result(hasBoth: false)]).json
        for part in [
            "\"schema\": \"martlet-bench/1\"", "\"host\": \"a\\\"b\"", "\"byteCount\": 1048576",
            "\"outOfPlace\": null", "\"medianMicroseconds\": 12346.6", "\"wrong\": 0",
            "\"busBandwidthGBps\": ", "\"root\": -1", "\"type\": \"half\"",
            "\"requestedAlgorithm\": \"auto\"",
        ] { #expect(json.contains(part)) }
    }

    @Test func `JSON escapes what it must`() {
        let value = JSONValue.object([
            ("a\n", .array([.string("\u{1}\\é\t"), .number(.infinity), .null])),
            ("b", .array([])), ("c", .object([])), ("d", .boolean(true)), ("e", .written("[1,2]")),
        ])
        #expect(
            value.text
                == "{\n  \"a\\n\": [\n    \"\\u0001\\\\é\\t\",\n    null,\n    null\n  ],\n"
                + "  \"b\": [],\n  \"c\": {},\n  \"d\": true,\n  \"e\": [1,2]\n}")
    }

    @Test func `a path that cannot be written is found before anything runs`() throws {
        let directory = try TemporaryDirectory()
        for path in [directory.path, "\(directory.path)/no/such/file", "/proc/martlet.json"] {
            #expect(throws: Complaint.self) { try ReportFile(path, option: "--json") }
        }
    }

    @Test func `a file is replaced as a whole and trying it changes nothing`() throws {
        let directory = try TemporaryDirectory()
        try FileDescriptor.replaceContents(of: "\(directory.path)/f", with: Array("old".utf8))
        let file = try ReportFile("\(directory.path)/f", option: "--csv")
        #expect(try directory.contents(of: "f") == "old")
        try file.write("new")
        #expect(try directory.contents(of: "f") == "new")
        #expect(directory.names == ["f"])
    }

    @Test func `a full disk is a complaint`() throws {
        let file = try ReportFile("/dev/full", option: "--json")
        #expect(throws: Complaint.self) { try file.write("text") }
    }
}
