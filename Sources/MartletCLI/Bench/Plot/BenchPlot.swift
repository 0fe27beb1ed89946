import Martlet
import Platform
import Schedules

/// A finished run as a picture: the time of a call and its bus bandwidth, over size.
struct BenchPlot {
    private static let width = 860.0
    private static let margin = 24.0
    private static let panelHeight = 280.0
    /// From one panel to the next: names of sizes, and the next one's heading.
    private static let panelDistance = 66.0

    private let context: BenchContext
    private let series: [PlotSeries]
    private let common: [String]
    private let hasFewCalls: Bool

    init(_ report: BenchReport) {
        context = report.context
        (series, common) = PlotSeries.collect(report.results)
        hasFewCalls = report.results.contains { $0.iterations < 100 }
    }

    var document: SVGDocument {
        let room = Self.width - 2 * Self.margin
        let legend = PlotLegend(series, at: Point(x: Self.margin, y: 78), width: room)
        let first = Rectangle(
            left: Self.margin + 60, top: 78 + legend.height + 36, width: room - 60,
            height: Self.panelHeight)
        var second = first
        second.top = first.bottom + Self.panelDistance
        let foot = second.bottom + 62
        var elements = heading(width: room) + [legend.element]
        elements += draw(timePanel(first), curves: series.map(timeCurve))
        let (panel, unit) = ratePanel(second)
        elements += draw(panel, curves: series.map { rateCurve($0, unit) })
        elements.append(
            .text(
                context.collective.sizeWords, at: Point(x: second.center.x, y: second.bottom + 38),
                TextStyle(anchor: .middle)))
        elements.append(
            .text(
                footnote, at: Point(x: Self.margin, y: foot),
                TextStyle(size: 11, colour: .grey)))
        return SVGDocument(
            width: Self.width, height: foot + 16, title: title,
            summary: "\(places). \(moment). Curves: \(series.map(\.name).joined(separator: "; ")).",
            elements: elements)
    }
}

// MARK: - Words

extension BenchPlot {
    private var title: String {
        let ranks = context.rankCount == 1 ? "1 rank" : "\(context.rankCount) ranks"
        return ([context.collective.name, ranks] + common).joined(separator: " · ")
    }

    private var places: String {
        let others = context.hostCount - 1
        let hosts = others > 0 ? "\(context.host) and \(others) more" : context.host
        let cores = context.processorCount == 1 ? "1 core" : "\(context.processorCount) cores"
        return "\(hosts) · \(cores) · \(context.transport)"
    }

    private var moment: String { "\(context.date) · martlet \(martletVersion)" }

    private var footnote: String {
        let few = hasFewCalls ? " (of fewer than 100 calls the slowest)" : ""
        return "Line and markers: p50 of rank 0's calls; band: to their p99\(few). "
            + "Bandwidth: at these times."
    }

    private func heading(width: Double) -> [SVGElement] {
        let fitted = TextWidth.fitted(title, into: width, size: 18, isBold: true)
        // A host may have any name; the date must not fall off because of it.
        let room = width - TextWidth.of(" · " + moment, size: 12)
        let line = TextWidth.fitted(places, into: room, size: 12) + " · " + moment
        return [
            .text(
                fitted, at: Point(x: Self.margin, y: 34), TextStyle(size: 18, isBold: true)),
            .text(
                line, at: Point(x: Self.margin, y: 56), TextStyle(colour: .grey)),
        ]
    }
}

extension Collective {
    /// What the size is the size of.
    fileprivate var sizeWords: String {
        switch self {
        case .allGather, .reduceScatter: "size of all parts together"
        default: "size of the buffer"
        }
    }
}

// MARK: - Panels

extension BenchPlot {
    private var byteCounts: [Int] { series.flatMap { $0.points.map(\.byteCount) } }

    private func timePanel(_ area: Rectangle) -> PlotPanel {
        let values = series.flatMap { one in
            one.points.flatMap { [$0.median, $0.percentile99 ?? $0.median] }
        }
        let vertical = PlotScale.times(values, from: area.bottom, to: area.top)
        return panel(
            "Time of a call (\(Self.units(of: vertical)))", "lower is better", area, vertical,
            ticks: vertical.timeTicks)
    }

    private func ratePanel(_ area: Rectangle) -> (PlotPanel, PlotScale.RateUnit) {
        let rates = series.flatMap { one in one.points.map { $0.busRate(at: $0.median) } }
        let unit = PlotScale.RateUnit(for: rates.max() ?? 0)
        let (vertical, ticks) = PlotScale.rates(
            rates.map { $0 / unit.bytesPerSecond }, from: area.bottom, to: area.top)
        let heading = "Bus bandwidth (\(unit.name))"
        return (
            panel(heading, "higher is better", area, vertical, ticks: ticks), unit
        )
    }

    private func panel(
        _ heading: String, _ advice: String, _ area: Rectangle, _ vertical: PlotScale,
        ticks: [PlotTick]
    ) -> PlotPanel {
        let horizontal = PlotScale.sizes(byteCounts, from: area.left + 24, to: area.right - 24)
        return PlotPanel(
            heading: heading, advice: advice, area: area, horizontal: horizontal,
            vertical: vertical,
            horizontalTicks: horizontal.sizeTicks(byteCounts, labelWidth: 58),
            verticalTicks: ticks)
    }

    /// `µs, ms`: the units that the ticks have.
    private static func units(of scale: PlotScale) -> String {
        var units: [String] = []
        for tick in scale.timeTicks {
            let unit = tick.label.split(separator: " ").last.map(String.init) ?? ""
            if !units.contains(unit) { units.append(unit) }
        }
        return units.joined(separator: ", ")
    }

    /// Bands beneath all lines; curves that let others show through on top of these.
    private func draw(_ panel: PlotPanel, curves: [PlotCurve]) -> [SVGElement] {
        let sizes = Set(byteCounts.map { panel.horizontal.position(of: Double($0)) }).sorted()
        let closest = zip(sizes.dropFirst(), sizes).map { $0 - $1 }.min() ?? 100
        let radius = min(4.5, max(1.5, closest / 3))
        let ordered =
            curves.filter { !$0.style.isOverlay } + curves.filter(\.style.isOverlay)
        let opacity = curves.count > 2 ? 0.11 : 0.16
        let bands = curves.map { $0.band(in: panel, opacity: opacity) }
        let middle = Double(curves.count - 1) / 2
        let lines = ordered.enumerated().map { index, curve in
            let shift = sizes.count == 1 ? 12 * (Double(index) - middle) : 0
            return curve.line(in: panel, markerRadius: radius, shift: shift)
        }
        return [.group("panel", [panel.frame] + bands + lines)]
    }
}

// MARK: - Curves

extension BenchPlot {
    private func timeCurve(_ series: PlotSeries) -> PlotCurve {
        PlotCurve(
            name: series.name, style: series.style,
            points: series.points.map { point in
                PlotCurve.Value(
                    x: Double(point.byteCount), y: point.median, edge: point.percentile99,
                    words: Self.words(series, point))
            })
    }

    private func rateCurve(
        _ series: PlotSeries, _ unit: PlotScale.RateUnit
    ) -> PlotCurve {
        PlotCurve(
            name: series.name, style: series.style,
            points: series.points.map { point in
                PlotCurve.Value(
                    x: Double(point.byteCount),
                    y: point.busRate(at: point.median) / unit.bytesPerSecond,
                    edge: point.percentile99.map { point.busRate(at: $0) / unit.bytesPerSecond },
                    words: Self.words(series, point))
            })
    }

    private static func words(_ series: PlotSeries, _ point: PlotSeries.Point) -> String {
        let rate = point.busRate(at: point.median)
        let unit = PlotScale.RateUnit(for: rate)
        let name = point.note.map { "\(series.name) (\($0))" } ?? series.name
        let slow = point.percentile99.map { ", p99 \(PlotScale.time($0))" } ?? ""
        return "\(name), \(ByteSize.describe(point.byteCount)): p50 \(PlotScale.time(point.median))"
            + "\(slow), \(PlotScale.digits(rate / unit.bytesPerSecond)) \(unit.name)"
    }
}
