/// Keeps a record small enough. What helps least to place work goes first, and the record says so.
enum RecordLimit {
    /// Incarnation, generation and hash come later: so many bytes at most.
    private static let stampByteCount = 128

    private struct Cut {
        var text: String
        var apply: (inout NodeRecord) -> Void
    }

    /// - Throws: `.invalidValue` when nothing that may be left out is left, and it is still too
    ///   large: a host with hundreds of devices.
    static func shorten(_ record: inout NodeRecord) throws(AgentError) {
        for cut in cuts {
            if try byteCount(record) <= NodeRecord.byteLimit { return }
            let before = record
            cut.apply(&record)
            if record != before { record.dropped = (record.dropped ?? []) + [cut.text] }
        }
        let count = try byteCount(record)
        guard count <= NodeRecord.byteLimit else {
            throw AgentError(
                .invalidValue,
                "the record takes \(count) bytes, more than \(NodeRecord.byteLimit), with all"
                    + " left out that may be")
        }
    }

    private static func byteCount(_ record: NodeRecord) throws(AgentError) -> Int {
        try CanonicalJSON.encode(record).count + stampByteCount
    }

    private static var cuts: [Cut] {
        [
            Cut(text: "affinity between NUMA nodes") { record in
                record.affinity.removeAll { $0.path == "SYS" }
            },
            Cut(text: "gids beyond the first four of a port") { record in
                eachPort(&record) { $0.gids = Array($0.gids.prefix(4)) }
            },
            Cut(text: "affinity but of the nearest NICs") { record in
                record.affinity.removeAll { $0.path != "PIX" && $0.path != "PXB" }
            },
            Cut(text: "reasons of unknown facts") { $0.unknown = [] },
            Cut(text: "gids") { record in eachPort(&record) { $0.gids = [] } },
            Cut(text: "affinity") { $0.affinity = [] },
            Cut(text: "distances and huge pages") { record in
                for index in record.numa.indices {
                    record.numa[index].distances = nil
                    record.numa[index].hugepages = []
                }
            },
            Cut(text: "addresses of ports") { record in eachPort(&record) { $0.addresses = [] } },
            Cut(text: "PCIe links") { record in
                for index in record.accelerators.indices {
                    record.accelerators[index].pcieLink = nil
                    record.accelerators[index].pcieExpected = nil
                }
                for index in record.nics.indices {
                    record.nics[index].pcieLink = nil
                    record.nics[index].pcieExpected = nil
                }
            },
            Cut(text: "vendors, models and PCI roots of NICs") { record in
                for index in record.nics.indices {
                    record.nics[index].vendor = nil
                    record.nics[index].model = nil
                    record.nics[index].pcieRoot = nil
                }
            },
        ]
    }

    private static func eachPort(
        _ record: inout NodeRecord, _ change: (inout NodeRecord.Port) -> Void
    ) {
        for nic in record.nics.indices {
            for port in record.nics[nic].ports.indices {
                change(&record.nics[nic].ports[port])
            }
        }
    }
}
