import CMartlet
import MartletC
import Testing

/// No argument may end the process or harm the communicator.
@Suite(.serialized) struct ArgumentTests {
    private let rank: LonelyRank
    private var buffer = [Float](repeating: 1, count: 64)

    init() throws {
        rank = try LonelyRank()
    }

    @Test mutating func `null buffers are refused where something is counted`() {
        buffer.withUnsafeMutableBytes { bytes in
            let input = UnsafeRawPointer(bytes.baseAddress)
            for (name, status) in rank.callAll(input: nil, output: bytes.baseAddress, count: 4) {
                #expect(status == invalidArgument, "\(name)")
                #expect(lastError().text.contains("input is a null pointer"), "\(name)")
            }
            for (name, status) in rank.callAll(input: input, output: nil, count: 4) {
                #expect(status == invalidArgument, "\(name)")
                #expect(lastError().text.contains("output is a null pointer"), "\(name)")
            }
        }
    }

    @Test func `nothing counted needs no buffers`() {
        for (name, status) in rank.callAll(input: nil, output: nil, count: 0) {
            #expect(status == ok, "\(name): \(lastError().text)")
        }
    }

    @Test(arguments: [Int32.min, -1, 0, 11, 255, 256, 257, .max])
    mutating func `numbers that are no types are refused`(type: Int32) {
        buffer.withUnsafeMutableBytes { bytes in
            let place = bytes.baseAddress
            for (name, status) in rank.callAll(
                input: UnsafeRawPointer(place), output: place, count: 1, type: type)
            {
                #expect(status == invalidArgument, "\(name)")
                #expect(lastError().text.contains("\(type) is no data type"), "\(name)")
            }
        }
        #expect(martlet_data_type_byte_count(type) == 0)
    }

    @Test(arguments: [Int32.min, -1, 0, 6, 256, 257, .max])
    mutating func `numbers that are no operations are refused`(operation: Int32) {
        buffer.withUnsafeMutableBytes { bytes in
            let place = bytes.baseAddress
            for (name, status) in rank.callAll(
                input: UnsafeRawPointer(place), output: place, count: 1, operation: operation)
            where name.contains("reduce") {
                #expect(status == invalidArgument, "\(name)")
                #expect(lastError().text.contains("\(operation) is no operation"), "\(name)")
            }
        }
    }

    @Test(arguments: [
        -1, Int.min, Int.max, Int.max / 2, Int.max / 4, 1 << 60, 1 << 58, (1 << 57) + 1,
    ])
    mutating func `counts that no memory could hold are refused`(count: Int) {
        buffer.withUnsafeMutableBytes { bytes in
            let place = bytes.baseAddress
            for (name, status) in rank.callAll(
                input: UnsafeRawPointer(place), output: place, count: count)
            {
                #expect(status == invalidArgument, "\(name)")
                #expect(lastError().text.contains("out of range"), "\(name)")
            }
        }
    }

    @Test(arguments: [Int32.min, -1, 1, .max])
    mutating func `roots that are no ranks are refused`(root: Int32) {
        buffer.withUnsafeMutableBytes { bytes in
            let place = bytes.baseAddress
            for (name, status) in rank.callAll(
                input: UnsafeRawPointer(place), output: place, count: 1, root: root)
            where name.contains("broadcast") || name == "reduce" || name == "reduce_start" {
                #expect(status == invalidArgument, "\(name)")
                #expect(lastError().text.contains("root \(root) is not a rank"), "\(name)")
            }
        }
    }

    @Test(arguments: [1, 4, 15])
    mutating func `buffers that overlap by a part are refused`(offset: Int) {
        buffer.withUnsafeMutableBytes { bytes in
            let place = bytes.baseAddress
            for (name, status) in rank.callAll(
                input: UnsafeRawPointer(place), output: place.map { $0 + offset }, count: 4)
            {
                #expect(status == invalidArgument, "\(name)")
                #expect(lastError().text.contains("overlap"), "\(name)")
            }
        }
    }

    @Test mutating func `the same place and neighbouring places are no overlap`() {
        buffer.withUnsafeMutableBytes { bytes in
            let place = bytes.baseAddress
            for offset in [0, 16] {
                for (name, status) in rank.callAll(
                    input: UnsafeRawPointer(place), output: place.map { $0 + offset }, count: 4)
                {
                    #expect(status == ok, "\(name) at \(offset): \(lastError().text)")
                }
            }
        }
    }

    @Test mutating func `elements may lie at odd addresses`() {
        buffer.withUnsafeMutableBytes { bytes in
            let place = bytes.baseAddress.map { $0 + 1 }
            for (name, status) in rank.callAll(
                input: UnsafeRawPointer(place), output: place.map { $0 + 16 }, count: 4)
            {
                #expect(status == ok, "\(name): \(lastError().text)")
            }
        }
    }

    @Test func `a start needs a place for its request`() {
        let world = rank.world
        let (type, sum) = (martlet_data_type(MARTLET_INT8), martlet_operation(MARTLET_SUM))
        let statuses = [
            martlet_all_reduce_start(world, nil, nil, 0, type, sum, nil),
            martlet_reduce_scatter_start(world, nil, nil, 0, type, sum, nil),
            martlet_all_gather_start(world, nil, nil, 0, type, nil),
            martlet_broadcast_start(world, nil, nil, 0, type, 0, nil),
            martlet_reduce_start(world, nil, nil, 0, type, sum, 0, nil),
            martlet_barrier_start(world, nil),
        ]
        #expect(statuses == Array(repeating: invalidArgument, count: 6))
        #expect(lastError().text.contains("request is a null pointer"))
    }

    @Test func `answers need a place, too`() {
        expectInvalid(martlet_communicator_rank(rank.world, nil), "rank is a null")
        expectInvalid(martlet_communicator_rank_count(rank.world, nil), "rank_count is a null")
        expectInvalid(martlet_communicator_split(rank.world, 0, 0, nil), "part is a null")
        expectInvalid(martlet_communicator_join(nil, nil), "world is a null")
        expectInvalid(
            martlet_communicator_describe(rank.world, nil, 0, nil), "needed_byte_count is a null")
        var needed = 0
        expectInvalid(
            martlet_communicator_describe(rank.world, nil, 1, &needed), "buffer is a null")
    }

    @Test(arguments: [Int32.min, -2])
    func `a color is a number from zero, or none`(color: Int32) {
        var part = OpaquePointer(bitPattern: 1)
        expectInvalid(martlet_communicator_split(rank.world, color, 0, &part), "color \(color)")
        #expect(part == nil)
    }

    @Test mutating func `a communicator is as good as before after refusals`() throws {
        _ = rank.callAll(input: nil, output: nil, count: -1)
        try expectOK(martlet_communicator_status(rank.world))
        var values: [Int32] = [4, 5]
        try expectOK(
            values.withUnsafeMutableBytes {
                martlet_all_reduce(
                    rank.world, $0.baseAddress, $0.baseAddress, 2,
                    martlet_data_type(MARTLET_INT32), martlet_operation(MARTLET_SUM))
            })
        #expect(values == [4, 5])
    }
}
