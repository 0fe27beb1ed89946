import Testing

@testable import Platform

@Suite struct SocketAddressTests {
    @Test func `looking for a loopback address leaves no descriptor open`() throws {
        let before = Host.highestDescriptor
        for _ in 0..<300 { _ = try SocketAddress.loopback(port: 0) }
        // Other tests open some meanwhile, but not hundreds.
        #expect(Host.highestDescriptor < before + 200)
    }
}
