/// A place in a picture: x to the right, y downwards.
struct Point: Equatable {
    var x: Double
    var y: Double
}

/// A part of a picture with upright sides.
struct Rectangle: Equatable {
    var left: Double
    var top: Double
    var width: Double
    var height: Double

    var right: Double { left + width }
    var bottom: Double { top + height }
    var center: Point { Point(x: left + width / 2, y: top + height / 2) }

    /// Smaller by so much on every side; larger where it is negative.
    func inset(by margin: Double) -> Rectangle {
        Rectangle(
            left: left + margin, top: top + margin, width: width - 2 * margin,
            height: height - 2 * margin)
    }
}
