/// What messages and bytes cost on the machines at hand.
///
/// Plain numbers, measured once and agreed on by all ranks; all arithmetic is on integers, so that
/// equal tables give equal choices everywhere.
public struct CostTable: Sendable, Hashable {
    /// The links of one kind.
    public struct Link: Sendable, Hashable {
        /// From the start of a send until the other end could go on, for a message without bytes,
        /// beyond the processor time that the message costs.
        public var latencyNanoseconds: Int
        /// Time for each byte while a rank sends and receives at once.
        public var picosecondsPerByte: Int

        public init(latencyNanoseconds: Int, picosecondsPerByte: Int) {
            self.latencyNanoseconds = latencyNanoseconds
            self.picosecondsPerByte = picosecondsPerByte
        }
    }

    /// Links between ranks of one host.
    public var local: Link
    /// Links between hosts. All ranks of a host share what its network carries per byte.
    public var remote: Link
    /// Processor time that a message costs its sender and its receiver together.
    public var messageNanoseconds: Int
    /// Processor time that moving a byte costs its sender and its receiver together.
    public var copyPicosecondsPerByte: Int
    /// Processor time to combine a byte with another operand.
    public var reducePicosecondsPerByte: Int
    /// Time until a rank that waits gets a processor again, where ranks share processors.
    public var switchNanoseconds: Int
    /// The bytes that stream from step to step at a time.
    public var segmentByteCount: Int
    public var ranksPerHost: Int
    public var coresPerHost: Int

    public init(
        local: Link, remote: Link, messageNanoseconds: Int, copyPicosecondsPerByte: Int,
        reducePicosecondsPerByte: Int, switchNanoseconds: Int, segmentByteCount: Int,
        ranksPerHost: Int, coresPerHost: Int
    ) {
        self.local = local
        self.remote = remote
        self.messageNanoseconds = messageNanoseconds
        self.copyPicosecondsPerByte = copyPicosecondsPerByte
        self.reducePicosecondsPerByte = reducePicosecondsPerByte
        self.switchNanoseconds = switchNanoseconds
        self.segmentByteCount = segmentByteCount
        self.ranksPerHost = ranksPerHost
        self.coresPerHost = coresPerHost
    }

    /// Figures of a small server over TCP, loopback within the host and 25 Gbit/s beyond, for
    /// where nothing has been measured.
    public static func unmeasured(ranksPerHost: Int, coresPerHost: Int) -> CostTable {
        CostTable(
            local: Link(latencyNanoseconds: 1_000, picosecondsPerByte: 370),
            remote: Link(latencyNanoseconds: 20_000, picosecondsPerByte: 320),
            messageNanoseconds: 4_000, copyPicosecondsPerByte: 370, reducePicosecondsPerByte: 140,
            switchNanoseconds: 5_000, segmentByteCount: 256 << 10, ranksPerHost: ranksPerHost,
            coresPerHost: coresPerHost)
    }
}
