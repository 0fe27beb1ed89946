// What goes last: entries of lists, on hosts that have more of something than a record can hold.

extension RecordLimit {
    /// A list that may lose entries, and how.
    struct List {
        /// What its entries are: `NICs`.
        var name: String
        /// Which of them go first, for people.
        var order: String
        var count: (NodeRecord) -> Int
        /// Keeps so many.
        var keep: (inout NodeRecord, Int) -> Void

        func cut(_ kept: Int, of count: Int) -> Cut {
            Cut(text: "\(count - kept) of \(count) \(name), \(order)") { keep(&$0, kept) }
        }
    }

    /// In the order in which they are shortened: each loses all before the next one loses any.
    static var lists: [List] {
        [
            List(
                name: "NICs", order: "first those that are gone, of no accelerator, or down",
                count: \.nics.count, keep: keepNICs),
            List(name: "conditions", order: "from the last", count: \.conditions.count) {
                $0.conditions = Array($0.conditions.prefix($1))
            },
            List(
                name: "accelerators", order: "from the last", count: \.accelerators.count
            ) { $0.accelerators = Array($0.accelerators.prefix($1)) },
            List(name: "NUMA nodes", order: "from the last", count: \.numa.count, keep: keepNUMA),
        ]
    }

    /// Keeps the best ones, in their order.
    private static func keepNICs(_ record: inout NodeRecord, _ count: Int) {
        let wanted = Set(record.accelerators.compactMap(\.nic))
        func worth(_ index: Int) -> Int {
            let nic = record.nics[index]
            if nic.health == .lost { return 0 }
            let isUp = nic.ports.contains { $0.state == "up" }
            return (wanted.contains(index) ? 4 : 0) + (isUp ? 2 : 0)
                + (nic.openFabrics == nil ? 0 : 1)
        }
        let ranked = record.nics.indices.sorted { (worth($1), $0) < (worth($0), $1) }
        let kept = ranked.prefix(count).sorted()
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        record.nics = kept.map { record.nics[$0] }
        for index in record.accelerators.indices {
            record.accelerators[index].nic = record.accelerators[index].nic.flatMap { places[$0] }
        }
        // It went before; what refers to what is gone must not stay in any case.
        record.affinity = []
    }

    private static func keepNUMA(_ record: inout NodeRecord, _ count: Int) {
        record.numa = Array(record.numa.prefix(count))
        func there(_ nodes: [Int]?) -> [Int]? { nodes.map { $0.filter { $0 < count } } }
        for index in record.accelerators.indices {
            record.accelerators[index].numaNodes = there(record.accelerators[index].numaNodes)
        }
        for index in record.nics.indices {
            record.nics[index].numaNodes = there(record.nics[index].numaNodes)
        }
    }
}
