import Platform
import SimulatedTransport
import Testing
import Transport

/// What every transport promises about the bytes it carries.
@Suite struct StreamTests {
    @Test(arguments: Fabric.all, UInt64(1)...12)
    func `bytes arrive unchanged and in order, both ways at once`(
        over fabric: Fabric, seed: UInt64
    ) throws {
        let pair = try fabric.make(seed)
        var random = SeededRandom(seed: seed)
        let byteCount = 12_000
        let senders = [pair.left, pair.right].map { PatternSender($0.link, byteCount: byteCount) }
        let receivers = [pair.left, pair.right].map {
            PatternReceiver($0.link, byteCount: byteCount)
        }
        try pair.wait {
            for _ in 0..<random.draw(1...4) {
                for sender in senders {
                    let accepted = sender.step(&random)
                    #expect(accepted >= 0)
                }
            }
            for receiver in receivers { receiver.step(&random) }
            return receivers.allSatisfy(\.isDone)
        }
        for receiver in receivers {
            #expect(receiver.firstWrongPosition == nil)
            #expect(receiver.violation == nil)
            #expect(receiver.position == byteCount)
        }
    }

    @Test(arguments: Fabric.all)
    func `a sender is refused while nobody receives, and nothing is lost`(
        over fabric: Fabric
    ) throws {
        let pair = try fabric.make(7)
        var random = SeededRandom(seed: 7)
        let sender = PatternSender(pair.left.link, byteCount: 64 << 20)
        var refusals = 0
        // What kernels and windows hold is bounded: far less than what is offered.
        try? pair.wait {
            refusals = sender.step(&random) == 0 ? refusals + 1 : 0
            return refusals > 500
        }
        let accepted = sender.position
        #expect(accepted > 0)
        #expect(!sender.isDone)
        let receiver = PatternReceiver(pair.right.link, byteCount: accepted)
        try pair.wait {
            receiver.step(&random)
            return receiver.isDone
        }
        #expect(receiver.position == accepted)
        #expect(receiver.firstWrongPosition == nil)
        #expect(receiver.violation == nil)
    }

    @Test(arguments: Fabric.all)
    func `a receiver may come as late as it likes`(over fabric: Fabric) throws {
        let pair = try fabric.make(11)
        var random = SeededRandom(seed: 11)
        let sender = PatternSender(pair.left.link, byteCount: 64 << 20)
        // Far longer than a connection into a black hole would live.
        let late = Deadline(secondsFromNow: 3.5)
        try? pair.wait {
            let accepted = sender.step(&random)
            #expect(accepted >= 0)
            return late.hasPassed || accepted < 0
        }
        #expect(sender.position > 0)
        try pair.wait { pair.right.link.receive(atMost: 1).bytes == Pattern.bytes(0..<1) }
        #expect(sender.step(&random) >= 0)
    }

    @Test(arguments: Fabric.all)
    func `settling needs no receiver, and then the memory is the sender's`(
        over fabric: Fabric
    ) throws {
        for seed in UInt64(1)...8 {
            let pair = try fabric.make(seed)
            let (left, right) = (pair.left.link, pair.right.link)
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
            defer { memory.deallocate() }
            memory.copyBytes(from: Pattern.bytes(0..<100))
            var accepted = 0
            try pair.wait {
                accepted = left.operations.send(
                    left.context, nil, 0, memory.baseAddress, memory.count)
                return accepted > 0
            }
            try pair.wait { left.unsettledByteCount == 0 }
            memory.initializeMemory(as: UInt8.self, repeating: 0xee)
            var received: [UInt8] = []
            try pair.wait {
                received += right.receive(atMost: 100).bytes
                return received.count == accepted
            }
            #expect(received == Pattern.bytes(0..<accepted))
        }
    }

    @Test(arguments: Fabric.all)
    func `where nothing was sent, nothing is there`(over fabric: Fabric) throws {
        let pair = try fabric.make(3)
        #expect(pair.right.link.receive(atMost: 10).count == 0)
        #expect(pair.right.link.borrow(minimum: 1, maximum: 10).count == 0)
        #expect(pair.right.link.unsettledByteCount == 0)
    }
}
