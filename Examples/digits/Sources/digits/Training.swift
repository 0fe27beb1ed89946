import Martlet

/// Data-parallel training: every rank has the whole network and a part of every batch.
///
/// The ranks' gradients are summed before the step, so that all take the same one: it depends on
/// the batch alone, not on how many ranks there are.
struct Training {
    static let batchCount = 64
    static let learningRate = 0.2
    static let momentum = 0.9

    let world: Communicator
    let digits: Digits
    var network: Network
    private var velocity: [Double]

    init(world: Communicator, digits: Digits) throws(CollectiveError) {
        self.world = world
        self.digits = digits
        network = Network(seed: 7)
        // The seed is the same everywhere; that all begin alike is better made sure than believed.
        try world.broadcast(&network.parameters, root: 0)
        velocity = Array(repeating: 0, count: Network.parameterCount)
    }

    /// Goes once through all images, in an order that is another in each epoch and the same on each
    /// rank. Answers their mean loss.
    mutating func runEpoch(_ epoch: Int) throws(CollectiveError) -> Double {
        var generator = SplitMix(seed: UInt64(1000 + epoch))
        let order = Array(digits.training.indices).shuffled(using: &generator)
        var loss = 0.0
        for start in stride(from: 0, to: order.count, by: Self.batchCount) {
            loss += try step(order[start..<min(start + Self.batchCount, order.count)])
        }
        return loss / Double(order.count)
    }

    /// One step down the gradient of a batch; answers the sum of its losses.
    private mutating func step(_ batch: ArraySlice<Int>) throws(CollectiveError) -> Double {
        // The loss travels behind the gradient: one all-reduce instead of two.
        var gradient = [Double](repeating: 0, count: Network.parameterCount + 1)
        var loss = 0.0
        for image in share(of: batch) {
            loss += network.addGradient(of: digits.training[image], to: &gradient)
        }
        gradient[Network.parameterCount] = loss

        try world.allReduce(&gradient, .sum)

        let rate = Self.learningRate / Double(batch.count)
        for index in 0..<Network.parameterCount {
            velocity[index] = Self.momentum * velocity[index] - rate * gradient[index]
            network.parameters[index] += velocity[index]
        }
        return gradient[Network.parameterCount]
    }

    /// How much of the test images the network gets right, from 0 to 1.
    func testAccuracy() throws(CollectiveError) -> Double {
        let mine = share(of: digits.test[...])
        var rightCount = [mine.count { network.guess($0) == $0.label }]
        try world.allReduce(&rightCount, .sum)
        return Double(rightCount[0]) / Double(digits.test.count)
    }

    /// This rank's part of something, as even as it can be.
    private func share<Element>(of all: ArraySlice<Element>) -> ArraySlice<Element> {
        let start = all.startIndex + all.count * world.rank / world.rankCount
        let end = all.startIndex + all.count * (world.rank + 1) / world.rankCount
        return all[start..<end]
    }
}
