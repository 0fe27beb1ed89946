import Testing

@testable import MartletCLI

@Suite struct SVGTests {
    private func text(_ element: SVGElement) -> String {
        var text = ""
        element.write(to: &text)
        return text
    }

    @Test func `numbers have as many digits as they need and two at most`() {
        let cases: [(Double, String)] = [
            (0, "0"), (-0.001, "0"), (12, "12"), (1.5, "1.5"), (-1.25, "-1.25"), (0.054, "0.05"),
            (2.999, "3"), (-0.5, "-0.5"), (100.1, "100.1"),
        ]
        for (value, words) in cases { #expect(SVGElement.number(value) == words) }
    }

    @Test func `words of any kind come out of a parser as they went in`() throws {
        let words = "a<b>&\"c'd]]>é 漢 🐦 <!-- <![CDATA["
        let element = SVGElement.text(words, at: Point(x: 0, y: 0)).titled(words)
        let tree = try XMLTree.parse(text(SVGElement("g", [("id", words)], [element])))
        #expect(tree.attributes["id"] == words)
        #expect(tree.children[0].title == words)
        #expect(tree.children[0].text == words)
    }

    @Test func `what XML cannot hold is replaced`() throws {
        let words = "a\u{0}b\u{1b}[31mc\u{ffff}\nd"
        let tree = try XMLTree.parse(text(.text(words, at: Point(x: 0, y: 0))))
        #expect(tree.text == "a\u{fffd}b\u{fffd}[31mc\u{fffd} d")
    }

    @Test func `a document needs nothing beside itself and scales`() throws {
        var document = SVGDocument(width: 100, height: 50.5, title: "T<", summary: "S&")
        document.elements = [.circle(at: Point(x: 1, y: 2), radius: 3, .filled(.black))]
        let tree = try XMLTree.parse(document.text)
        #expect(tree.name == "svg" && tree.title == "T<")
        #expect(tree.attributes["viewBox"] == "0 0 100 50.5")
        #expect(tree.all("desc").map(\.text) == ["S&"])
        #expect(!document.text.contains("href") && !document.text.contains("<script"))
        #expect(!document.text.contains("<style"))
    }

    @Test func `shapes say where they lie`() throws {
        var path = SVGPath()
        path.move(to: Point(x: 0, y: 1))
        path.line(to: Point(x: 2, y: 3.5))
        path.curve(Point(x: 4, y: 5), Point(x: 6, y: 7), to: Point(x: 8, y: 9))
        path.close()
        #expect(path.data == "M0 1L2 3.5C4 5 6 7 8 9Z")
        let area = Rectangle(left: 1, top: 2, width: 3, height: -4)
        #expect(
            text(.rectangle(area, cornerRadius: 2, .stroked("#123456", width: 2, dashes: [4, 2])))
                == "<rect x=\"1\" y=\"2\" width=\"3\" height=\"0\" rx=\"2\" fill=\"none\" "
                + "stroke=\"#123456\" stroke-width=\"2\" stroke-dasharray=\"4 2\"/>\n")
        #expect(area.inset(by: 0.5).right == 3.5)
        let turned = text(.text("t", at: Point(x: 5, y: 6), TextStyle(degrees: -90)))
        #expect(turned.contains("transform=\"rotate(-90 5 6)\""))
    }

    @Test(arguments: Marker.allCases)
    func `a marker lies around its place`(marker: Marker) throws {
        let element = marker.element(at: Point(x: 50, y: 70), radius: 10, .filled(.black))
        let tree = try XMLTree.parse(text(element))
        guard marker != .circle else {
            #expect(tree.number("cx") == 50 && tree.number("cy") == 70)
            return
        }
        let (xs, ys) = (tree.points.map(\.x), tree.points.map(\.y))
        #expect(abs((xs.min() ?? 0) + (xs.max() ?? 0) - 100) < 0.1)
        #expect(abs((ys.min() ?? 0) + (ys.max() ?? 0) - 140) < 5)
    }

    @Test func `words are cut to the room they have`() {
        #expect(TextWidth.fitted("short", into: 100, size: 12) == "short")
        let cut = TextWidth.fitted(String(repeating: "host-", count: 40), into: 100, size: 12)
        #expect(cut.hasSuffix("…") && cut.hasPrefix("host-"))
        #expect(TextWidth.of(cut, size: 12) <= 100)
        #expect(TextWidth.of("WWW", size: 10) > TextWidth.of("iii", size: 10) * 2)
        #expect(TextWidth.of("漢字", size: 10) >= 20)
        #expect(TextWidth.fitted("漢字", into: 0, size: 10) == "…")
    }
}
