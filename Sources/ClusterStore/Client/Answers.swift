internal import FoundationEssentials

// From the messages of the protocol to the vocabulary.

extension [UInt8] {
    /// As the generated messages hold bytes.
    var data: Data { Data(self) }
}

extension ResponseHeader {
    init(_ message: Etcdserverpb_ResponseHeader) {
        self.init(
            clusterID: message.clusterID, memberID: message.memberID,
            revision: Revision(message.revision))
    }
}

extension KeyValue {
    init(_ message: Mvccpb_KeyValue) {
        self.init(
            key: Key(bytes: Array(message.key)), value: Array(message.value),
            createRevision: Revision(message.createRevision),
            modRevision: Revision(message.modRevision), version: message.version,
            lease: message.lease == 0 ? nil : LeaseID(message.lease))
    }
}

extension StoreEvent {
    init(_ message: Mvccpb_Event) {
        self.init(
            kind: message.type == .delete ? .delete : .put, keyValue: KeyValue(message.kv),
            previous: message.hasPrevKv ? KeyValue(message.prevKv) : nil)
    }
}

extension RangeResult {
    init(_ message: Etcdserverpb_RangeResponse) {
        self.init(
            header: ResponseHeader(message.header), keyValues: message.kvs.map(KeyValue.init),
            hasMore: message.more, count: message.count)
    }
}

extension PutResult {
    init(_ message: Etcdserverpb_PutResponse) {
        self.init(
            header: ResponseHeader(message.header),
            previous: message.hasPrevKv ? KeyValue(message.prevKv) : nil)
    }
}

extension DeleteResult {
    init(_ message: Etcdserverpb_DeleteRangeResponse) {
        self.init(
            header: ResponseHeader(message.header), deletedCount: message.deleted,
            previous: message.prevKvs.map(KeyValue.init))
    }
}

extension TransactionResult {
    init(_ message: Etcdserverpb_TxnResponse) {
        self.init(
            header: ResponseHeader(message.header), succeeded: message.succeeded,
            responses: message.responses.compactMap(Response.init))
    }
}

extension TransactionResult.Response {
    init?(_ message: Etcdserverpb_ResponseOp) {
        switch message.response {
        case .responseRange(let range): self = .range(RangeResult(range))
        case .responsePut(let put): self = .put(PutResult(put))
        case .responseDeleteRange(let delete): self = .delete(DeleteResult(delete))
        case .responseTxn(let inner): self = .transaction(TransactionResult(inner))
        case nil: return nil
        }
    }
}
