import CMartlet
import MartletC
import Testing

@Suite(.serialized) struct ConfigurationTests {
    private static let size = MemoryLayout<martlet_configuration>.size

    /// Joins alone with a configuration that was changed.
    private func join(
        _ change: (inout martlet_configuration) -> Void
    ) -> (status: martlet_status, isNull: Bool) {
        var configuration = martlet_configuration()
        #expect(martlet_configuration_init(&configuration, Self.size) == ok)
        configuration.rank = 0
        configuration.rank_count = 1
        change(&configuration)
        var world = OpaquePointer(bitPattern: 1)
        let status = martlet_communicator_join(&configuration, &world)
        if status == ok { #expect(martlet_communicator_destroy(world) == ok) }
        return (status, world == nil)
    }

    private func expectRefusal(
        _ words: String, status: Int = MARTLET_INVALID_ARGUMENT,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout martlet_configuration) -> Void
    ) {
        let joined = join(change)
        expect(joined.status, status, words, sourceLocation: sourceLocation)
        #expect(joined.isNull, sourceLocation: sourceLocation)
    }

    @Test func `init leaves everything to the environment`() {
        var configuration = martlet_configuration()
        _ = withUnsafeMutableBytes(of: &configuration) {
            $0.initializeMemory(as: UInt8.self, repeating: 0xaa)
        }
        #expect(martlet_configuration_init(&configuration, Self.size) == ok)
        #expect(configuration.struct_byte_count == Self.size)
        #expect(configuration.rank == MARTLET_FROM_ENVIRONMENT)
        #expect(configuration.rank_count == MARTLET_FROM_ENVIRONMENT)
        #expect(configuration.meeting == nil && configuration.job == nil)
        #expect(configuration.secret == nil && configuration.secret_byte_count == 0)
        #expect(configuration.timeout_seconds == 0 && configuration.operation_timeout_seconds == 0)
        #expect(configuration.network_interface == nil && configuration.plan_path == nil)
        #expect(configuration.algorithm == MARTLET_ALGORITHM_AUTO)
        #expect(configuration.strict == MARTLET_FROM_ENVIRONMENT)
        #expect(configuration.epoch == Int64(MARTLET_FROM_ENVIRONMENT))
        #expect(configuration.transport == nil)
    }

    @Test func `the structure of the first version is served`() {
        var configuration = martlet_configuration()
        // What lies behind it is not the caller's to give.
        configuration.transport = UnsafePointer(bitPattern: 1)
        #expect(martlet_configuration_init(&configuration, 96) == ok)
        #expect(configuration.transport == UnsafePointer(bitPattern: 1))
        configuration.rank = 0
        configuration.rank_count = 1
        var world: OpaquePointer?
        #expect(martlet_communicator_join(&configuration, &world) == ok)
        #expect(martlet_communicator_destroy(world) == ok)
    }

    @Test func `a policy of transports that cannot be meant is named`() {
        "shm,tcp".withCString { text in
            expectRefusal("transport is 'shm,tcp'") { $0.transport = text }
        }
    }

    @Test(arguments: [0, 1, 95, 4096, -1, .max])
    func `sizes that the structure never had are refused`(byteCount: Int) {
        var configuration = martlet_configuration()
        expectInvalid(
            martlet_configuration_init(&configuration, byteCount), "not the size of a martlet")
        expectRefusal("struct_byte_count") { $0.struct_byte_count = byteCount }
        expectInvalid(martlet_configuration_init(nil, Self.size), "null pointer")
    }

    @Test func `a longer structure is served while its unknown fields are zero`() {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: 200, alignment: 8)
        defer { bytes.deallocate() }
        bytes.initializeMemory(as: UInt8.self, repeating: 0xaa, count: 200)
        let configuration = bytes.assumingMemoryBound(to: martlet_configuration.self)
        #expect(martlet_configuration_init(configuration, 200) == ok)
        configuration.pointee.rank = 0
        configuration.pointee.rank_count = 1
        var world: OpaquePointer?
        #expect(martlet_communicator_join(configuration, &world) == ok)
        #expect(martlet_communicator_destroy(world) == ok)
        bytes.storeBytes(of: 1, toByteOffset: 199, as: UInt8.self)
        expect(
            martlet_communicator_join(configuration, &world), MARTLET_UNSUPPORTED, "fields")
        #expect(world == nil)
    }

    @Test func `fields out of range are named`() {
        expectRefusal("rank is -2") { $0.rank = -2 }
        expectRefusal("rank is 65536") { $0.rank = 65_536 }
        expectRefusal("rank_count is 0") { $0.rank_count = 0 }
        expectRefusal("rank_count is 65537") { $0.rank_count = 65_537 }
        expectRefusal("timeout_seconds is -1") { $0.timeout_seconds = -1 }
        expectRefusal("timeout_seconds is nan") { $0.timeout_seconds = .nan }
        expectRefusal("operation_timeout_seconds is inf") {
            $0.operation_timeout_seconds = .infinity
        }
        expectRefusal("algorithm is 6") { $0.algorithm = 6 }
        expectRefusal("algorithm is -1") { $0.algorithm = -1 }
        expectRefusal("strict is 2") { $0.strict = 2 }
        expectRefusal("epoch is -2") { $0.epoch = -2 }
        expectRefusal("epoch is 4294967296") { $0.epoch = 1 << 32 }
        expectRefusal("secret is a null pointer") { $0.secret_byte_count = 16 }
        #expect(lastError().error.phase == MARTLET_PHASE_JOINING)
    }

    @Test func `a rank has to be one of so many`() {
        expectRefusal("") {
            $0.rank = 3
            $0.rank_count = 2
        }
    }

    @Test(arguments: [0, 15, 1025, -1])
    func `a secret has sixteen to a thousand bytes`(byteCount: Int) {
        let secret = [UInt8](repeating: 7, count: 1025)
        secret.withUnsafeBufferPointer { secret in
            expectRefusal("secret_byte_count") {
                $0.secret = secret.baseAddress
                $0.secret_byte_count = byteCount
            }
            let joined = join {
                $0.secret = secret.baseAddress
                $0.secret_byte_count = 16
            }
            #expect(joined.status == ok)
        }
    }

    @Test func `a string without an end is refused before it is believed`() {
        let endless = [CChar](repeating: 0x61, count: 5000) + [0]
        endless.withUnsafeBufferPointer { text in
            expectRefusal("meeting is longer than 4096 bytes") { $0.meeting = text.baseAddress }
            expectRefusal("job is longer than 4096 bytes") { $0.job = text.baseAddress }
        }
    }

    @Test func `a meeting that is no place is refused with its text`() {
        "nowhere at all".withCString { text in
            expectRefusal("nowhere at all") { $0.meeting = text }
        }
    }

    @Test func `ranks that never come are named`() {
        "file:/tmp/martlet-c-nobody-\(UInt64.random(in: 0 ... .max))".withCString { meeting in
            expectRefusal("rank 1", status: MARTLET_NOT_JOINED) {
                $0.rank_count = 2
                $0.meeting = meeting
                $0.timeout_seconds = 0.3
            }
        }
        #expect(lastError().error.phase == MARTLET_PHASE_JOINING)
    }
}
