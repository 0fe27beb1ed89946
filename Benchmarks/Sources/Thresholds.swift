import Platform

/// What figures may be at most: lines of a name, which may end in `*`, and a number. The last line
/// that fits a figure counts.
struct Thresholds {
    private var limits: [(pattern: String, value: Double)] = []

    init(path: String) throws {
        let text = String(decoding: try FileDescriptor.contents(of: path), as: UTF8.self)
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            guard words.count == 2, let value = Double(words[1]) else {
                throw Complaint("\(path): '\(line)' is no name and a number")
            }
            limits.append((String(words[0]), value))
        }
    }

    func limit(of name: String) -> Double? {
        limits.last { Self.fits($0.pattern, name) }?.value
    }

    private static func fits(_ pattern: String, _ name: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : pattern == name
    }
}
