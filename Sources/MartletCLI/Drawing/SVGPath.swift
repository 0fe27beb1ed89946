/// A way of lines and curves, for shapes that have no element of their own.
struct SVGPath {
    private(set) var data = ""

    mutating func move(to place: Point) {
        append("M", [place])
    }

    mutating func line(to place: Point) {
        append("L", [place])
    }

    /// A cubic curve that leaves towards the first control point and arrives from the second.
    mutating func curve(_ first: Point, _ second: Point, to place: Point) {
        append("C", [first, second, place])
    }

    mutating func close() {
        data += "Z"
    }

    private mutating func append(_ command: String, _ points: [Point]) {
        let numbers = points.flatMap { [SVGElement.number($0.x), SVGElement.number($0.y)] }
        data += command + numbers.joined(separator: " ")
    }
}
