internal import GRPCCore

extension WatchStream {
    /// Hands on what an answer says. Answers how the stream ends with it; nil where it goes on.
    func handle(
        _ answer: Etcdserverpb_WatchResponse, _ place: CursorPlace
    ) async throws -> WatchRun.End? {
        if answer.canceled { return try await handleCancellation(answer, place) }
        if answer.created {
            pulse.created()
            return await handleCreation(ResponseHeader(answer.header), place)
        }
        guard answer.events.isEmpty else {
            let events = answer.events.map(StoreEvent.init)
            let complete = place.change { $0.take(events, isFragment: answer.fragment) }
            return complete.isEmpty ? nil : await put(.events(complete))
        }
        // An answer to a question for progress has no watch's number: etcd may give it before
        // events of earlier revisions, so it is a sign of life and no more.
        let revision = Revision(answer.header.revision)
        guard answer.watchID >= 0, place.change({ $0.progressed(to: revision) }) else { return nil }
        return await put(.progress(revision))
    }

    private func handleCreation(
        _ header: ResponseHeader, _ place: CursorPlace
    ) async -> WatchRun.End? {
        guard let contradiction = place.change({ $0.created(header) }) else {
            return await put(.connected)
        }
        var current = header
        if contradiction == .olderRevision {
            // A member that lags behind says the same as a store that was set back; only a read
            // that all members vouch for tells them apart.
            guard let read = try? await client.range(range, limit: 1).header,
                let known = place.cursor.known, read.revision < known.revision
            else { return await put(.connected) }
            current = read
        }
        let clusterID = current.clusterID
        let revision = current.revision
        place.change { $0.restart(behind: revision, clusterID: clusterID) }
        return await put(.replaced(resumesBehind: revision)) ?? .restart
    }

    private func handleCancellation(
        _ answer: Etcdserverpb_WatchResponse, _ place: CursorPlace
    ) async throws -> WatchRun.End {
        guard answer.compactRevision > 0 else {
            throw Self.refusal(answer.cancelReason, at: connection.endpoint)
        }
        let compacted = Revision(answer.compactRevision)
        let behind = max(compacted, Revision(answer.header.revision))
        let clusterID = place.cursor.known?.clusterID
        place.change { $0.restart(behind: behind, clusterID: clusterID) }
        return await put(.compacted(at: compacted, resumesBehind: behind)) ?? .restart
    }

    /// What a cancellation by the store means. etcd writes why into a text.
    private static func refusal(_ reason: String, at endpoint: StoreEndpoint) -> StoreError {
        let said = reason.isEmpty ? "the store cancelled the watch" : reason
        let code: StoreError.Code =
            if reason.contains("permission denied") || reason.contains("PermissionDenied") {
                .permissionDenied
            } else if reason.contains("auth") {
                .unauthenticated
            } else if reason.isEmpty {
                .unavailable
            } else {
                .refused
            }
        return StoreError(code, said, endpoint: "\(endpoint)")
    }

    /// Hands an event to the reader; answers the end of the stream where there is none.
    private func put(_ event: WatchEvent) async -> WatchRun.End? {
        await queue.put(event) ? nil : .abandoned
    }
}
