internal import Bootstrap

extension LivenessMessage {
    /// What a receive buffer holds.
    package enum Decoded: Sendable, Hashable {
        /// The frame is not complete yet.
        case incomplete
        /// A message, and how many bytes it took.
        case message(LivenessMessage, byteCount: Int)
        /// No rank of this version and world speaks so: the connection is of no use any more.
        case malformed
    }

    /// Decodes the first frame. Any bytes are safe: sizes are bounded before anything is made of
    /// them, unknown kinds and codes, ranks outside the world and surplus bytes are refused.
    package static func decode(_ bytes: ArraySlice<UInt8>, worldSize: Int) -> Decoded {
        var reader = ByteReader(bytes)
        guard let following = reader.read(UInt16.self) else { return .incomplete }
        let size = Int(following)
        guard size > 0, size + prefixByteCount <= frameByteLimit else { return .malformed }
        guard let version = reader.read(UInt8.self), let kind = reader.read(UInt8.self)
        else { return .incomplete }
        guard version == Self.version, let kind = Kind(rawValue: kind) else { return .malformed }
        guard let content = reader.readBytes(count: size) else { return .incomplete }
        var inner = ByteReader(content)
        guard let hops = inner.read(UInt8.self),
            let body = Body(kind, from: &inner, worldSize: worldSize), inner.remainingByteCount == 0
        else { return .malformed }
        return .message(LivenessMessage(hops: hops, body), byteCount: prefixByteCount + size)
    }
}

extension LivenessMessage.Body {
    init?(_ kind: LivenessMessage.Kind, from reader: inout ByteReader, worldSize: Int) {
        switch kind {
        case .heartbeat:
            guard let list = reader.heartbeat() else { return nil }
            self = .heartbeat(list)
        case .abort:
            guard let abort = reader.abort(worldSize) else { return nil }
            self = .abort(abort)
        case .suspicion:
            guard let suspicion = reader.suspicion(worldSize) else { return nil }
            self = .suspicion(suspicion)
        case .answer:
            guard let rank = reader.rank(worldSize), let count = reader.read(UInt32.self)
            else { return nil }
            self = .answer(.init(rank: rank, count: count))
        case .loss:
            guard let loss = reader.loss(worldSize) else { return nil }
            self = .loss(loss)
        case .departures:
            guard let list = reader.departures(worldSize) else { return nil }
            self = .departures(list)
        case .inquest:
            guard let inquest = reader.inquest(worldSize) else { return nil }
            self = .inquest(inquest)
        case .testimony:
            guard let testimony = reader.testimony(worldSize) else { return nil }
            self = .testimony(testimony)
        }
    }
}

extension ByteReader {
    fileprivate mutating func rank(_ worldSize: Int) -> Int? {
        guard let value = read(UInt32.self), value < worldSize else { return nil }
        return Int(value)
    }

    fileprivate mutating func operationState() -> OperationState? {
        guard let entered = read(UInt64.self), let completed = read(UInt64.self),
            let first = read(UInt64.self), let second = read(UInt64.self),
            let third = read(UInt64.self), let fourth = read(UInt64.self)
        else { return nil }
        return OperationState(
            entered: entered, completed: completed,
            header: HeaderWords(first, second, third, fourth))
    }

    fileprivate mutating func heartbeat() -> [LivenessMessage.Progress]? {
        guard let count = read(UInt8.self), count <= LivenessMessage.Progress.limit
        else { return nil }
        var list: [LivenessMessage.Progress] = []
        for _ in 0..<count {
            guard let communicator = read(UInt64.self), let state = operationState()
            else { return nil }
            list.append(.init(communicator: communicator, state: state))
        }
        return list
    }

    fileprivate mutating func departures(_ worldSize: Int) -> [LivenessMessage.Departure]? {
        guard let count = read(UInt8.self), count <= LivenessMessage.Departure.limit
        else { return nil }
        var list: [LivenessMessage.Departure] = []
        for _ in 0..<count {
            guard let communicator = read(UInt64.self), let rank = rank(worldSize),
                let completed = read(UInt64.self)
            else { return nil }
            list.append(.init(communicator: communicator, rank: rank, completed: completed))
        }
        return list
    }

    fileprivate mutating func abort(_ worldSize: Int) -> LivenessMessage.Abort? {
        guard let code = read(UInt8.self).flatMap(AbortCause.Code.init(rawValue:)),
            let phase = read(UInt8.self).flatMap(AbortCause.Phase.init(rawValue:)),
            let communicator = read(UInt64.self), let culprit = read(UInt32.self),
            culprit == .max || culprit < worldSize, let origin = rank(worldSize),
            let errorNumber = read(Int32.self), AbortCause.errorNumbers.contains(errorNumber),
            let size = read(UInt16.self), size <= AbortCause.messageByteLimit,
            let text = readBytes(count: Int(size))
        else { return nil }
        // Terminals and logs of every rank show the text. Cutting again keeps the bound where invalid
        // bytes became longer replacements.
        return .init(
            communicator: communicator, code: code, phase: phase,
            culprit: culprit == .max ? nil : Int(culprit), origin: origin,
            errorNumber: errorNumber,
            text: AbortCause.shortened(String(decoding: text, as: UTF8.self).printable))
    }

    fileprivate mutating func suspicion(_ worldSize: Int) -> LivenessMessage.Suspicion? {
        guard let communicator = read(UInt64.self), let accuser = rank(worldSize),
            let suspect = rank(worldSize), let code = read(Int32.self)
        else { return nil }
        return .init(
            communicator: communicator, accuser: accuser, suspect: suspect, errorNumber: code)
    }

    fileprivate mutating func loss(_ worldSize: Int) -> LivenessMessage.Loss? {
        guard
            let reason = read(UInt8.self).flatMap(LivenessMessage.Loss.Reason.init(rawValue:)),
            let rank = rank(worldSize), let origin = self.rank(worldSize)
        else { return nil }
        return .init(rank: rank, reason: reason, origin: origin)
    }

    fileprivate mutating func inquest(_ worldSize: Int) -> LivenessMessage.Inquest? {
        guard let communicator = read(UInt64.self), let sequence = read(UInt64.self),
            let initiator = rank(worldSize), let isMember = read(UInt8.self), isMember <= 1,
            let state = operationState()
        else { return nil }
        return .init(
            communicator: communicator, sequence: sequence, initiator: initiator,
            state: isMember == 1 ? state : nil)
    }

    fileprivate mutating func testimony(_ worldSize: Int) -> LivenessMessage.Testimony? {
        guard
            let kind = read(UInt8.self).flatMap(LivenessMessage.Testimony.Kind.init(rawValue:)),
            let communicator = read(UInt64.self), let rank = rank(worldSize),
            let state = operationState()
        else { return nil }
        return .init(communicator: communicator, rank: rank, kind: kind, state: state)
    }
}
