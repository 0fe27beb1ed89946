import Glibc

/// A network with one hidden layer: 64 pixels, 32 units that pass what is above zero, 10 classes.
struct Network {
    static let hiddenCount = 32

    /// All weights and biases in one array, so that one all-reduce carries a whole gradient.
    var parameters: [Double]

    // Where the layers begin in it: a row of weights for each unit, then the units' biases.
    private static let hiddenBiases = hiddenCount * Image.pixelCount
    private static let outputWeights = hiddenBiases + hiddenCount
    private static let outputBiases = outputWeights + Image.classCount * hiddenCount
    static let parameterCount = outputBiases + Image.classCount

    /// Weights drawn from a seed (He et al., 2015), biases of zero.
    init(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        parameters = Array(repeating: 0, count: Self.parameterCount)
        let first = (6 / Double(Image.pixelCount)).squareRoot()
        for index in 0..<Self.hiddenBiases {
            parameters[index] = .random(in: -first...first, using: &generator)
        }
        let second = (6 / Double(Self.hiddenCount)).squareRoot()
        for index in Self.outputWeights..<Self.outputBiases {
            parameters[index] = .random(in: -second...second, using: &generator)
        }
    }

    /// The class that the network believes an image to show.
    func guess(_ image: Image) -> Int {
        let scores = scores(hidden(image))
        return scores.indices.max { scores[$0] < scores[$1] } ?? 0
    }

    /// Adds the gradient of one image's loss to `gradient`; answers the loss (cross-entropy).
    func addGradient(of image: Image, to gradient: inout [Double]) -> Double {
        let hidden = hidden(image)
        // The slope of the loss at the scores is what was believed less what is true.
        var outputSlopes = probabilities(scores(hidden))
        let loss = -log(outputSlopes[image.label])
        outputSlopes[image.label] -= 1

        var hiddenSlopes = [Double](repeating: 0, count: Self.hiddenCount)
        for (output, slope) in outputSlopes.enumerated() {
            let row = Self.outputWeights + output * Self.hiddenCount
            for unit in 0..<Self.hiddenCount {
                gradient[row + unit] += slope * hidden[unit]
                hiddenSlopes[unit] += slope * parameters[row + unit]
            }
            gradient[Self.outputBiases + output] += slope
        }
        for unit in 0..<Self.hiddenCount where hidden[unit] > 0 {
            let row = unit * Image.pixelCount
            for pixel in 0..<Image.pixelCount {
                gradient[row + pixel] += hiddenSlopes[unit] * image.pixels[pixel]
            }
            gradient[Self.hiddenBiases + unit] += hiddenSlopes[unit]
        }
        return loss
    }

    /// FNV-1a over the bits of all parameters: equal only where every bit is.
    var hash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for parameter in parameters {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                hash = (hash ^ parameter.bitPattern >> shift & 0xff) &* 0x0000_0100_0000_01b3
            }
        }
        return hash
    }

    private func hidden(_ image: Image) -> [Double] {
        (0..<Self.hiddenCount).map { unit in
            var sum = parameters[Self.hiddenBiases + unit]
            let row = unit * Image.pixelCount
            for pixel in 0..<Image.pixelCount {
                sum += parameters[row + pixel] * image.pixels[pixel]
            }
            return max(0, sum)
        }
    }

    private func scores(_ hidden: [Double]) -> [Double] {
        (0..<Image.classCount).map { output in
            var sum = parameters[Self.outputBiases + output]
            let row = Self.outputWeights + output * Self.hiddenCount
            for unit in 0..<Self.hiddenCount { sum += parameters[row + unit] * hidden[unit] }
            return sum
        }
    }

    private func probabilities(_ scores: [Double]) -> [Double] {
        let largest = scores.max() ?? 0
        let powers = scores.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
