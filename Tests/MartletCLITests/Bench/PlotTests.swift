import Foundation
import Martlet
import Schedules
import TestSupport
import Testing

@testable import MartletCLI

/// The picture of a run, read back from its file.
@Suite struct PlotTests {
    private let sizes = (0..<12).map { 8 << (2 * $0) }

    /// A result of calls that took these times.
    private func result(
        _ byteCount: Int, _ times: [Double], algorithm: Algorithm? = .ring,
        type: DataType = .float32, ranks: Int = 4, hasBoth: Bool = false
    ) -> BenchResult {
        var benchCase = BenchCase(
            .allReduce, type: type, operation: .sum, root: 0, byteCount: byteCount,
            rankCount: ranks)
        benchCase.algorithm = algorithm
        let form = BenchResult.Form(
            statistics: SampleStatistics(times), time: times[0],
            bandwidth: Bandwidth(
                .allReduce, byteCount: byteCount, microseconds: times[0], rankCount: ranks),
            wrongCount: 0)
        return BenchResult(
            benchCase: benchCase, algorithm: algorithm?.name ?? "tree", transport: "tcp",
            iterations: times.count, outOfPlace: hasBoth ? form : nil, inPlace: form)
    }

    private func plot(
        _ results: [BenchResult], host: String = "node-17", hostCount: Int = 1
    ) -> BenchPlot {
        let context = BenchContext(
            collective: .allReduce, rankCount: results.first?.benchCase.rankCount ?? 4, host: host,
            hostCount: hostCount, date: "2026-11-24 01:50 UTC", processorCount: 8,
            transport: "tcp", algorithm: "auto", average: .mean, checks: 1)
        return BenchPlot(BenchReport(context: context, results: results))
    }

    /// Of each algorithm, times that grow with the size over six decades.
    private func comparison(_ algorithms: [Algorithm?]) -> [BenchResult] {
        sizes.flatMap { size in
            algorithms.enumerated().map { index, algorithm in
                let time = Double(4 + 3 * index) + Double(size) / 2_000 * Double(index + 1)
                return result(size, [time, time, 3 * time], algorithm: algorithm)
            }
        }
    }

    // MARK: Reading back

    /// What the ticks of a panel say about its axes.
    private struct Axes {
        var horizontal: [(value: Double, x: Double)]
        var vertical: [(value: Double, y: Double)]

        init(_ panel: XMLTree) throws {
            let axes = try #require(panel.groups("axes").first)
            let lines = axes.all("line").filter { $0.attributes["stroke"] == "#e3e3e3" }
            let upright = lines.filter { $0.number("x1") == $0.number("x2") }
            let level = lines.filter { $0.number("y1") == $0.number("y2") }
            let names = axes.all("text").filter { $0.attributes["text-anchor"] == "middle" }
            let values = axes.all("text").filter {
                $0.attributes["text-anchor"] == "end" && $0.text.first?.isNumber == true
            }
            #expect(names.count == upright.count && values.count == level.count)
            horizontal = zip(names, upright).map { (Self.value($0.text), $1.number("x1")) }
            vertical = zip(values, level).map { (Self.value($0.text), $1.number("y1")) }
        }

        /// Bytes, microseconds, or the number alone.
        static func value(_ label: String) -> Double {
            let units: [String: Double] = [
                "B": 1, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "ns": 1e-3, "µs": 1,
                "ms": 1e3, "s": 1e6,
            ]
            let words = label.split(separator: " ")
            let unit = words.count > 1 ? units[String(words[1])] : 1
            return (Double(words[0]) ?? .nan) * (unit ?? .nan)
        }

        func size(at x: Double) -> Double {
            let (first, last) = (horizontal[0], horizontal[horizontal.count - 1])
            let share = (x - first.x) / (last.x - first.x)
            return first.value * pow(last.value / first.value, share)
        }

        func time(at y: Double) -> Double {
            let (first, last) = (vertical[0], vertical[vertical.count - 1])
            return first.value * pow(last.value / first.value, (y - first.y) / (last.y - first.y))
        }

        func rate(at y: Double) -> Double {
            let (first, last) = (vertical[0], vertical[vertical.count - 1])
            return first.value + (last.value - first.value) * (y - first.y) / (last.y - first.y)
        }
    }

    private func isNear(_ found: Double, _ wanted: Double) -> Bool {
        abs(found - wanted) <= 0.003 * wanted
    }

    @Test func `points lie where the axes say`() throws {
        let results = comparison([.ring, .tree])
        let tree = try XMLTree.parse(plot(results).document.text)
        let panels = tree.groups("panel")
        #expect(panels.count == 2)
        let (times, rates) = (try Axes(panels[0]), try Axes(panels[1]))
        for (index, algorithm) in [Algorithm.ring, .tree].enumerated() {
            let own = results.filter { $0.benchCase.algorithm == algorithm }
            let curves = try panels.map { panel in
                try #require(panel.groups("series").first { $0.title == algorithm.name })
            }
            let lines = curves.map { $0.all("polyline")[0].points }
            #expect(lines.map(\.count) == [own.count, own.count])
            for (result, (low, high)) in zip(own, zip(lines[0], lines[1])) {
                let median = result.inPlace?.statistics.median ?? 0
                let size = Double(result.benchCase.byteCount)
                #expect(isNear(times.size(at: low.x), size))
                #expect(isNear(rates.size(at: high.x), size))
                #expect(isNear(times.time(at: low.y), median))
                // Four ranks: 2 · 3 / 4 of the size; linear, so small ones are near 0 only.
                let rate = size * 1.5 / median / 1e3
                #expect(abs(rates.rate(at: high.y) - rate) < 0.01)
            }
            // The band goes there along the line and comes back along p99.
            let band = panels[0].groups("band")[index].all("path")[0].attributes["d"] ?? ""
            let places = band.dropFirst().dropLast().split(separator: "L")
            #expect(places.count == 2 * own.count)
            let top = places[places.count - 1].split(separator: " ").compactMap { Double($0) }
            let slow = own[0].inPlace?.statistics.percentile99 ?? 0
            #expect(isNear(times.time(at: top[1]), slow))
        }
    }

    @Test func `every curve and size is there with its figures`() throws {
        let algorithms: [Algorithm?] = [nil, .ring, .tree, .halvingDoubling, .direct]
        let tree = try XMLTree.parse(plot(comparison(algorithms)).document.text)
        let names = ["auto", "ring", "tree", "halving-doubling", "direct"]
        #expect(tree.groups("legend")[0].all("text").map(\.text) == names)
        for panel in tree.groups("panel") {
            // What was chosen lies over what it was chosen from.
            #expect(panel.groups("series").map(\.title) == names[1...] + ["auto"])
            for series in panel.groups("series") {
                let words = series.children.compactMap(\.title)
                #expect(words.count == sizes.count)
                for (size, words) in zip(sizes, words) {
                    #expect(words.contains(", \(ByteSize.describe(size)): p50 "))
                    #expect(words.contains(", p99 "))
                }
            }
        }
        #expect(tree.text(containing: "auto (tree), 8 B"))
        let title = tree.title ?? ""
        #expect(title == "all-reduce · 4 ranks · float32 · sum · in place")
        #expect(
            tree.text(containing: "node-17 · 8 cores · tcp · 2026-11-24 01:50 UTC · martlet "))
        #expect(tree.text(containing: "Time of a call (µs, ms)"))
        #expect(tree.text(containing: "Bus bandwidth (GB/s)"))
        let looks = Set(
            names.indices.map { index in
                tree.groups("legend")[0].all("line")[index].attributes["stroke"]
            })
        #expect(looks.count == 5)
    }

    @Test func `one way of calling has a curve for each form`() throws {
        let results = sizes.map { result($0, [Double($0)], hasBoth: true) }
        let tree = try XMLTree.parse(plot(results).document.text)
        #expect(
            tree.groups("legend")[0].all("text").map(\.text) == ["out of place", "in place"])
        #expect(tree.title == "all-reduce · 4 ranks · float32 · sum · ring")
        // Of a single call, p99 says nothing.
        #expect(tree.groups("band").allSatisfy { $0.children.isEmpty })
        #expect(!tree.text(containing: "p99 1"))
    }

    @Test func `a band stops where there is no p99 and goes on behind it`() throws {
        let results = [8, 16, 32, 64, 128].map { size in
            result(size, size == 32 ? [5] : [5, 9])
        }
        let tree = try XMLTree.parse(plot(results).document.text)
        #expect(tree.groups("band").map { $0.all("path").count } == [2, 2])
        #expect(tree.groups("series")[0].all("polyline")[0].points.count == 5)
    }

    @Test(arguments: [1, 8, 1000, 1 << 30])
    func `a single size stands inside the panels`(size: Int) throws {
        let tree = try XMLTree.parse(plot([result(size, [3, 4])]).document.text)
        let axes = try Axes(tree.groups("panel")[0])
        #expect(axes.horizontal.count >= 2)
        let marker = try #require(tree.groups("series")[0].all("circle").first)
        let byteCount = Double(max(4, size))
        #expect(isNear(axes.size(at: marker.number("cx")), byteCount))
        #expect(isNear(axes.time(at: marker.number("cy")), 3.5))
    }

    @Test(arguments: [[0.0], [0.002, 0.003], [1.5e9], [3, 3, 3, 3e6]])
    func `any time is drawn inside`(times: [Double]) throws {
        let text = plot([result(8, times), result(1 << 20, times)]).document.text
        #expect(!text.contains("nan") && !text.contains("inf"))
        try expectInside(try XMLTree.parse(text))
    }

    @Test func `one rank moves nothing, and that can be drawn`() throws {
        let text = plot([result(8, [1, 2], ranks: 1), result(64, [1, 2], ranks: 1)]).document.text
        #expect(text.contains("all-reduce · 1 rank · "))
        try expectInside(try XMLTree.parse(text))
    }

    @Test func `names of any kind stay text and inside the picture`() throws {
        let host = "<script>alert(\"&\u{1}')</script>" + String(repeating: "long", count: 60)
        let many = DataType.allCases.flatMap { type in
            ([nil] + Algorithm.allCases).flatMap { algorithm in
                sizes.map { result($0, [5, 6], algorithm: algorithm, type: type) }
            }
        }
        let document = plot(many, host: host, hostCount: 3).document
        let tree = try XMLTree.parse(document.text)
        #expect(tree.all("script").isEmpty)
        #expect(tree.text(containing: "<script>alert(\"&\u{fffd}')"))
        #expect(tree.all("desc")[0].text.contains("long and 2 more · 8 cores"))
        #expect(tree.groups("legend")[0].all("text").count == many.count / sizes.count)
        #expect(tree.text(containing: " · 2026-11-24 01:50 UTC"))
        try expectInside(tree)
    }

    /// No word and no point leaves the picture; curves do not leave their panel.
    private func expectInside(_ tree: XMLTree) throws {
        let (width, height) = (tree.number("width"), tree.number("height"))
        for words in tree.all("text") {
            let size = words.number("font-size")
            let isBold = words.attributes["font-weight"] == "bold"
            let span = TextWidth.of(words.text, size: size, isBold: isBold)
            let shares = ["middle": 0.5, "end": 1.0]
            let share = shares[words.attributes["text-anchor"] ?? ""] ?? 0
            let left = words.number("x") - share * span
            #expect(left >= 0 && left + span <= width, "\(words.text)")
            #expect(words.number("y") > 0 && words.number("y") < height)
        }
        for panel in tree.groups("panel") {
            let frame = try #require(panel.groups("axes")[0].all("rect").first)
            let (left, top) = (frame.number("x"), frame.number("y"))
            for point in panel.groups("series").flatMap({ $0.all("polyline").flatMap(\.points) }) {
                #expect(point.x >= left && point.x <= left + frame.number("width"))
                #expect(point.y >= top && point.y <= top + frame.number("height") + 0.01)
            }
        }
    }

    // MARK: Ticks

    @Test func `ticks are the measured sizes where these are regular`() {
        let scale = PlotScale.sizes(sizes, from: 0, to: 700)
        let ticks = scale.sizeTicks(sizes, labelWidth: 58)
        #expect(ticks.map(\.value) == sizes.map(Double.init))
        #expect(ticks[4].label == "2 KiB")
        let cubes = [8, 64, 512, 4096]
        let wide = PlotScale.sizes(cubes, from: 0, to: 700)
        #expect(wide.sizeTicks(cubes, labelWidth: 100).map(\.value) == cubes.map(Double.init))
    }

    @Test(arguments: [0.3, 1, 2.49, 3.04, 6.6, 13.2, 64.9, 99.9, 950])
    func `rates are named from nothing to the end of their axis`(most: Double) {
        let (scale, ticks) = PlotScale.rates([most], from: 400, to: 0)
        #expect((4...8).contains(ticks.count))
        #expect(scale.position(of: ticks[0].value) == 400)
        #expect(abs(scale.position(of: ticks[ticks.count - 1].value)) < 1e-9)
        #expect(scale.high > most && Set(ticks.map(\.label)).count == ticks.count)
    }

    @Test func `values look alike in every range`() {
        for (value, words) in [
            (0.05, "50 ns"), (8.543, "8.54 µs"), (27.84, "27.8 µs"), (999.6, "1 ms"),
            (149_000, "149 ms"), (2_500_000, "2.5 s"),
        ] { #expect(PlotScale.time(value) == words) }
        #expect(PlotScale.RateUnit(for: 3e9).name == "GB/s")
        #expect(PlotScale.RateUnit(for: 2e4).name == "kB/s")
        let rates = PlotScale.rates([4.37], from: 0, to: 1)
        #expect(rates.scale.high == 5)
        #expect(rates.ticks.map(\.label) == ["0", "1", "2", "3", "4", "5"])
    }
}

extension XMLTree {
    fileprivate func text(containing words: String) -> Bool {
        all.contains { $0.text.contains(words) }
    }
}
