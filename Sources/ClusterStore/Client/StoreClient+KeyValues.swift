extension StoreClient {
    /// Reads keys.
    ///
    /// Every call of the client ends, by an answer or an error, within `timeoutSeconds`, or what
    /// the configuration says, and when its task is cancelled. What only reads is tried again, on
    /// other endpoints, too. What writes is tried again only where the first attempt cannot have
    /// been carried out; else it fails with `.outcomeUnknown`.
    package func range(
        _ query: RangeQuery, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> RangeResult {
        try await call(.reading, timeoutSeconds) { connection, options in
            let response = try await connection.keyValues.range(
                Etcdserverpb_RangeRequest(query), options: options)
            return RangeResult(response)
        }
    }

    /// Reads the keys of a range, in their order.
    package func range(
        _ range: KeyRange, limit: Int64? = nil, revision: Revision? = nil,
        timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> RangeResult {
        try await self.range(
            RangeQuery(range, limit: limit, revision: revision), timeoutSeconds: timeoutSeconds)
    }

    /// Reads one key; nil where it does not exist.
    package func get(
        _ key: Key, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> KeyValue? {
        try await range(.key(key), timeoutSeconds: timeoutSeconds).first
    }

    /// Reads a range of any size page by page, all of it at one revision.
    ///
    /// The deadline holds for each page.
    package func rangeInPages(
        _ range: KeyRange, pageCount: Int64 = 1000, revision: Revision? = nil,
        timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> RangeResult {
        var result = try await self.range(
            range, limit: pageCount, revision: revision, timeoutSeconds: timeoutSeconds)
        let moment = revision ?? result.revision
        while result.hasMore, let last = result.keyValues.last {
            let page = try await self.range(
                range.remainder(behind: last.key), limit: pageCount, revision: moment,
                timeoutSeconds: timeoutSeconds)
            result.keyValues += page.keyValues
            result.hasMore = page.hasMore
        }
        return result
    }

    /// Writes a key.
    package func put(
        _ request: PutRequest, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> PutResult {
        try await call(.writing, timeoutSeconds) { connection, options in
            let response = try await connection.keyValues.put(
                Etcdserverpb_PutRequest(request), options: options)
            return PutResult(response)
        }
    }

    /// Writes a key and answers the revision that this made.
    @discardableResult
    package func put(
        _ key: Key, _ value: [UInt8], lease: LeaseID? = nil, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> Revision {
        try await put(
            PutRequest(key, value, lease: lease), timeoutSeconds: timeoutSeconds
        ).revision
    }

    /// Deletes the keys of a range.
    @discardableResult
    package func delete(
        _ range: KeyRange, returnsPrevious: Bool = false, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> DeleteResult {
        try await call(.writing, timeoutSeconds) { connection, options in
            let request = DeleteRequest(range, returnsPrevious: returnsPrevious)
            let response = try await connection.keyValues.deleteRange(
                Etcdserverpb_DeleteRangeRequest(request), options: options)
            return DeleteResult(response)
        }
    }

    /// Does all of a transaction, or nothing of it.
    @discardableResult
    package func transaction(
        _ transaction: Transaction, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> TransactionResult {
        let kind: CallKind = transaction.isReadOnly ? .reading : .writing
        return try await call(kind, timeoutSeconds) { connection, options in
            let response = try await connection.keyValues.txn(
                Etcdserverpb_TxnRequest(transaction), options: options)
            return TransactionResult(response)
        }
    }

    /// Forgets the history up to and including a revision.
    package func compact(
        to revision: Revision, isPhysical: Bool = false, timeoutSeconds: Double? = nil
    ) async throws(StoreError) {
        try await call(.writing, timeoutSeconds) { connection, options in
            var request = Etcdserverpb_CompactionRequest()
            request.revision = revision.rawValue
            request.physical = isPhysical
            _ = try await connection.keyValues.compact(request, options: options)
        }
    }

    /// Asks a member for its version and the size of its database.
    package func status(timeoutSeconds: Double? = nil) async throws(StoreError) -> StoreStatus {
        try await call(.reading, timeoutSeconds) { connection, options in
            let response = try await connection.maintenance.status(.init(), options: options)
            return StoreStatus(
                header: ResponseHeader(response.header), version: response.version,
                databaseByteCount: response.dbSize, endpoint: "\(connection.endpoint)")
        }
    }
}
