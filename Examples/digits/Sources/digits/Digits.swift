import Glibc

/// One handwritten digit: 8 × 8 pixels from 0 to 1, row by row, and what it shows.
struct Image {
    static let pixelCount = 64
    static let classCount = 10

    var pixels: [Double]
    var label: Int
}

/// The images to learn from, and those that show what was learnt.
struct Digits {
    static let testCount = 297

    var training: [Image]
    var test: [Image]

    /// Reads the file that DATA-LICENCE.md describes and divides its images, in an order that is
    /// random and always the same.
    init(path: String) throws(DigitsError) {
        let bytes = try Self.contents(of: path)
        guard bytes.count > 16, bytes.prefix(8).elementsEqual("DIGITS01".utf8) else {
            throw DigitsError(description: "\(path) does not begin as digits.bin does")
        }
        let count = bytes[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) }
        let largest = Double(bytes[14])
        let stride = Image.pixelCount + 1
        guard bytes[12...13].elementsEqual([8, 8]), bytes[15] == 10, largest > 0,
            bytes.count == 16 + count * stride, count > Self.testCount
        else { throw DigitsError(description: "\(path) is not as long as it says") }
        var images = (0..<count).map { index in
            let image = bytes[(16 + index * stride)...].prefix(stride)
            return Image(
                pixels: image.dropLast().map { Double($0) / largest }, label: Int(image.last ?? 0))
        }
        guard images.allSatisfy({ $0.label < Image.classCount }) else {
            throw DigitsError(description: "\(path) has a label above 9")
        }
        var generator = SplitMix(seed: 1)
        images.shuffle(using: &generator)
        test = Array(images.prefix(Self.testCount))
        training = Array(images.dropFirst(Self.testCount))
    }

    private static func contents(of path: String) throws(DigitsError) -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            throw DigitsError(description: "\(path) cannot be opened")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}

struct DigitsError: Error, CustomStringConvertible {
    var description: String
}

/// Random numbers that are the same on every rank and in every run (Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
