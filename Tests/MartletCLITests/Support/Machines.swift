import Topology

/// Files of machines, and what is common to tests that look at pictures of them.
enum Machines {
    private static let root =
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    static func real(_ name: String) -> String {
        "\(root)/Tests/TopologyTests/Machines/\(name).xml"
    }

    static func synthetic(_ name: String) -> String {
        "\(root)/Examples/machines/\(name).xml"
    }

    static let all =
        ["24em64t-2n6c2t-pci", "32em64t-2n8c2t-pci-wholeio", "96em64t-4n4d3ca2co-pci"].map(real)
        + ["eight-accelerators", "sixteen-accelerators"].map(synthetic)

    static let eight = synthetic("eight-accelerators")
    static let sixteen = synthetic("sixteen-accelerators")
}

extension XMLTree {
    /// Of its first rectangle.
    var box: (left: Double, top: Double, right: Double, bottom: Double) {
        guard let area = all("rect").first else { return (.nan, .nan, .nan, .nan) }
        let (left, top) = (area.number("x"), area.number("y"))
        return (left, top, left + area.number("width"), top + area.number("height"))
    }

    /// Where a path begins and ends.
    var ends: (first: (x: Double, y: Double), last: (x: Double, y: Double)) {
        let numbers = (attributes["d"] ?? "").split { "MLCZ ".contains($0) }
            .compactMap { Double($0) }
        guard numbers.count >= 4 else { return ((.nan, .nan), (.nan, .nan)) }
        let count = numbers.count
        return ((numbers[0], numbers[1]), (numbers[count - 2], numbers[count - 1]))
    }
}
