internal import FoundationEssentials

extension Snapshot {
    /// Answers a Range request; the header is left to the caller.
    func range(_ request: Etcdserverpb_RangeRequest) throws -> Etcdserverpb_RangeResponse {
        try requireRevision(request.revision)
        var response = Etcdserverpb_RangeResponse()
        let span = KeySpan(key: request.key, rangeEnd: request.rangeEnd)
        let isPast = request.revision > 0 && request.revision < revision
        if request.countOnly {
            response.count =
                isPast
                ? try Int64(
                    keyValues(in: span, at: request.revision, withoutValues: true).count)
                : try count(in: span)
            return response
        }
        // Where an order is asked for, or filters are, a limit counts what is left behind them. Where
        // only a target is, etcd sorts what the limit left, and so is it here.
        let isLimited = request.limit > 0 && !request.isOrdered && !request.hasFilters
        let limit = isLimited ? min(request.limit, .max - 1) + 1 : nil
        let withoutValues = request.keysOnly && request.sortTarget != .value
        var found =
            isPast
            ? try keyValues(in: span, at: request.revision, withoutValues: withoutValues)
            : try keyValues(in: span, limit: limit, withoutValues: withoutValues)
        response.count = isPast || !isLimited ? Int64(found.count) : try count(in: span)
        if let limit { found = Array(found.prefix(Int(limit))) }
        found.removeAll { !request.admits($0) }
        request.sort(&found)
        if request.limit > 0, found.count > request.limit {
            found.removeLast(found.count - Int(request.limit))
            response.more = true
        }
        if request.keysOnly, !withoutValues {
            for index in found.indices { found[index].value = Data() }
        }
        response.kvs = found
        return response
    }
}

extension Etcdserverpb_RangeRequest {
    /// Whether an order is asked for that the store does not have already.
    fileprivate var isOrdered: Bool {
        sortOrder == .descend || (sortOrder == .ascend && sortTarget != .key)
    }

    fileprivate var hasFilters: Bool {
        minModRevision != 0 || maxModRevision != 0 || minCreateRevision != 0
            || maxCreateRevision != 0
    }

    fileprivate func admits(_ keyValue: Mvccpb_KeyValue) -> Bool {
        (minModRevision == 0 || keyValue.modRevision >= minModRevision)
            && (maxModRevision == 0 || keyValue.modRevision <= maxModRevision)
            && (minCreateRevision == 0 || keyValue.createRevision >= minCreateRevision)
            && (maxCreateRevision == 0 || keyValue.createRevision <= maxCreateRevision)
    }

    /// A target other than the key is ascending where no order is given.
    fileprivate func sort(_ found: inout [Mvccpb_KeyValue]) {
        switch sortTarget {
        case .key: if sortOrder == .descend { found.reverse() }
        case .version: order(&found) { $0.version }
        case .create: order(&found) { $0.createRevision }
        case .mod: order(&found) { $0.modRevision }
        case .value:
            found.sort { left, right in
                sortOrder == .descend
                    ? right.value.lexicographicallyPrecedes(left.value)
                    : left.value.lexicographicallyPrecedes(right.value)
            }
        case .UNRECOGNIZED: break
        }
    }

    private func order(
        _ found: inout [Mvccpb_KeyValue], by number: (Mvccpb_KeyValue) -> Int64
    ) {
        found.sort { left, right in
            sortOrder == .descend ? number(left) > number(right) : number(left) < number(right)
        }
    }
}
