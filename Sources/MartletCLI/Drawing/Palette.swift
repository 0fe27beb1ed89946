/// Colours that tell things apart, also for colour-blind readers.
enum Palette {
    /// Okabe and Ito's palette (2008) without its yellow, which is lost on white; a brown and a
    /// grey behind it.
    static let colours: [Colour] = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#6f6f6f",
    ]

    /// From 0 on; they repeat.
    static func colour(_ index: Int) -> Colour {
        colours[index % colours.count]
    }
}

extension Colour {
    /// Black or white, whichever is easier to read on this colour.
    var ink: Colour {
        let parts = components.map { part in
            part <= 0.04 ? part / 12.92 : (part + 0.055) / 1.055 * ((part + 0.055) / 1.055)
        }
        let light = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
        return light > 0.36 ? .black : .white
    }

    /// Red, green and blue from 0 to 1.
    private var components: [Double] {
        let value = Int(hexadecimal.dropFirst(), radix: 16) ?? 0
        return [16, 8, 0].map { Double(value >> $0 & 0xff) / 255 }
    }

    /// Mixed with white: 0 is this colour, 1 white.
    func lightened(_ share: Double) -> Colour {
        let words = components.map { part in
            let value = Int(((part + (1 - part) * share) * 255).rounded())
            return (value < 16 ? "0" : "") + String(value, radix: 16)
        }
        return Colour(stringLiteral: "#" + words.joined())
    }
}
