// What goes first: facts, by their kind.

extension RecordLimit {
    static var cuts: [Cut] {
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
            Cut(text: "addresses of the host beyond the first four") { record in
                record.identity.addresses = Array(record.identity.addresses.prefix(4))
            },
            Cut(text: "conditions beyond the first 32") { record in
                record.conditions = Array(record.conditions.prefix(32))
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
