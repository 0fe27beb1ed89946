import Testing

@testable import Platform

@Suite struct MonitorTests {
    @Test func `a waiter sees what another thread changed`() throws {
        let monitor = Monitor(0)
        let thread = try Thread(name: "changer") { monitor.update { $0 = 7 } }
        let seen = monitor.wait(until: Deadline(secondsFromNow: 10)) { $0 == 7 ? $0 : nil }
        thread.join()
        #expect(seen == 7)
    }

    @Test func `a wait ends at its deadline`() {
        let monitor = Monitor(0)
        let started = Clock.nowNanoseconds()
        let seen = monitor.wait(until: Deadline(secondsFromNow: 0.05)) { $0 == 7 ? $0 : nil }
        #expect(seen == nil)
        #expect(Clock.nowNanoseconds() - started >= 50_000_000)
    }
}
