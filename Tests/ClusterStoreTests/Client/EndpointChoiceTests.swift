import TestSupport
import Testing

@testable import ClusterStore

@Suite("Choice of endpoints")
struct EndpointChoiceTests {
    @Test("a client stays with the endpoint that answers")
    func staying() {
        var choice = EndpointChoice(count: 3, first: 1, backoffSeconds: 0.1...5)
        #expect(choice.next(nowNanoseconds: 10).index == 1)
        choice.failed(1, nowNanoseconds: 10, draw: 1)
        #expect(choice.next(nowNanoseconds: 10).index == 2)
        choice.succeeded(2)
        #expect(choice.next(nowNanoseconds: 1_000_000_000_000).index == 2)
    }

    @Test("all endpoints are tried before one that failed is tried again")
    func goingRound() {
        var choice = EndpointChoice(count: 4, first: 2, backoffSeconds: 0.1...5)
        var tried: [Int] = []
        for _ in 0..<4 {
            let (index, wait) = choice.next(nowNanoseconds: 5)
            #expect(wait == 0)
            tried.append(index)
            choice.failed(index, nowNanoseconds: 5, draw: 0.5)
        }
        #expect(tried == [2, 3, 0, 1])
        #expect(choice.next(nowNanoseconds: 5).waitNanoseconds > 0)
    }

    @Test("rests double up to the longest, are drawn from their upper half, and end with success")
    func resting() {
        var generator = SeededGenerator(seed: 1)
        var choice = EndpointChoice(count: 1, first: 0, backoffSeconds: 0.1...5)
        var due = 0.1
        for _ in 0..<40 {
            let draw = Double.random(in: 0...1, using: &generator)
            choice.failed(0, nowNanoseconds: 0, draw: draw)
            let wait = Double(choice.next(nowNanoseconds: 0).waitNanoseconds) / 1e9
            #expect(wait >= due / 2 - 1e-6 && wait <= due + 1e-6)
            #expect(abs(wait - due * (0.5 + draw / 2)) < 1e-6)
            due = min(due * 2, 5)
        }
        choice.succeeded(0)
        #expect(choice.next(nowNanoseconds: 0).waitNanoseconds == 0)
        choice.failed(0, nowNanoseconds: 0, draw: 1)
        #expect(choice.next(nowNanoseconds: 0).waitNanoseconds == 100_000_000)
    }
}
