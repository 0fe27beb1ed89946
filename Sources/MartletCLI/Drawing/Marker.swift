/// A small shape that tells one thing from another also where colours do not.
enum Marker: Int, CaseIterable {
    case circle, square, triangle, diamond, cross, triangleDown, bar, pentagon

    /// - Parameter radius: of the circle; the others look as large.
    func element(at center: Point, radius: Double, _ ink: Ink) -> SVGElement {
        if self == .circle { return .circle(at: center, radius: radius, ink) }
        return .polygon(
            corners.map { Point(x: center.x + $0 * radius, y: center.y + $1 * radius) }, ink)
    }

    /// In radii around the middle.
    private var corners: [(Double, Double)] {
        switch self {
        case .circle: []
        case .square: [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
        case .triangle: [(0, -1.25), (1.15, 0.85), (-1.15, 0.85)]
        case .diamond: [(0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0)]
        case .cross:
            [
                (-1.2, -0.4), (-0.4, -0.4), (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4),
                (1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4),
            ]
        case .triangleDown: [(0, 1.25), (1.15, -0.85), (-1.15, -0.85)]
        case .bar: [(-1.4, -0.5), (1.4, -0.5), (1.4, 0.5), (-1.4, 0.5)]
        case .pentagon: [(0, -1.15), (1.1, -0.35), (0.7, 0.95), (-0.7, 0.95), (-1.1, -0.35)]
        }
    }
}
