import CLinux
import SimulatedTransport
import Testing
import Transport

/// What every transport promises about the end of a link.
@Suite struct EndTests {
    @Test(arguments: Fabric.all, UInt64(1)...6)
    func `the end of the stream shows after all bytes, and the other way stays open`(
        over fabric: Fabric, seed: UInt64
    ) throws {
        let pair = try fabric.make(seed)
        var random = SeededRandom(seed: seed)
        let sender = PatternSender(pair.left.link, byteCount: 5000)
        let receiver = PatternReceiver(pair.right.link, byteCount: 5000)
        try pair.wait {
            _ = sender.step(&random)
            if sender.isDone { pair.left.finishSending() }
            receiver.step(&random)
            return receiver.isDone
        }
        #expect(receiver.firstWrongPosition == nil && receiver.violation == nil)
        let right = pair.right.link
        try pair.wait { right.receive(atMost: 1).count != 0 }
        #expect(right.receive(atMost: 1).count == -Int(EPIPE))
        #expect(right.borrow(minimum: 1, maximum: 8).count == -Int(EPIPE))

        let answerer = PatternSender(right, byteCount: 3000)
        let asker = PatternReceiver(pair.left.link, byteCount: 3000)
        try pair.wait {
            _ = answerer.step(&random)
            asker.step(&random)
            return asker.isDone
        }
        #expect(asker.firstWrongPosition == nil && asker.violation == nil)
    }

    @Test(arguments: Fabric.all, UInt64(1)...6)
    func `a link that closes in good order loses nothing`(
        over fabric: Fabric, seed: UInt64
    ) throws {
        let pair = try fabric.make(seed)
        let (left, right) = (pair.left.link, pair.right.link)
        var sent = 0
        try pair.wait {
            sent = left.send(header: Pattern.bytes(0..<90))
            return sent > 0
        }
        try pair.wait { left.unsettledByteCount == 0 }
        pair.left.close()
        var received: [UInt8] = []
        var end = 0
        try pair.wait {
            let (count, bytes) = right.receive(atMost: 40)
            received += bytes
            end = count
            return count < 0
        }
        #expect(received == Pattern.bytes(0..<sent))
        #expect(end == -Int(EPIPE))
    }

    @Test(arguments: Fabric.all, UInt64(1)...6)
    func `a link that its peer closed answers with errors for ever`(
        over fabric: Fabric, seed: UInt64
    ) throws {
        let pair = try fabric.make(seed)
        let left = pair.left.link
        // Unread bytes make the close a reset on connections that know the difference.
        try pair.wait { left.send(header: Pattern.bytes(0..<20)) > 0 }
        if seed % 2 == 0 { try pair.wait { left.unsettledByteCount == 0 } }
        pair.right.close()
        let errors = [-Int(EPIPE), -Int(ECONNRESET)]
        try pair.wait { left.send(header: [1]) < 0 }
        for _ in 0..<3 { #expect(errors.contains(left.send(header: [1]))) }
        try pair.wait { left.receive(atMost: 8).count < 0 }
        for _ in 0..<3 { #expect(left.receive(atMost: 8).count < 0) }
        #expect(left.borrow(minimum: 1, maximum: 8).count < 0)
        #expect(left.unsettledByteCount == 0)
    }

    @Test(arguments: Fabric.all)
    func `closing twice is closing once`(over fabric: Fabric) throws {
        let pair = try fabric.make(2)
        pair.left.close()
        pair.left.close()
        try pair.wait { pair.right.link.receive(atMost: 1).count < 0 }
    }
}
