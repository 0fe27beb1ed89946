internal import Bootstrap

extension LivenessMessage {
    /// Frames begin with four bytes: the size of what follows them (16 bits), the version, the
    /// kind. All integers are little-endian.
    package static let version: UInt8 = 1
    package static let prefixByteCount = 4
    /// A whole frame, prefix included.
    package static let frameByteLimit = 1024

    enum Kind: UInt8 {
        case heartbeat = 1
        case abort, suspicion, answer, loss, departures, inquest, testimony
    }

    /// Appends the frame of this message.
    package func encode(into bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(littleEndian: UInt16(0))
        bytes.append(Self.version)
        bytes.append(kind.rawValue)
        bytes.append(hops)
        encodeBody(into: &bytes)
        let size = bytes.count - start
        assert(size <= Self.frameByteLimit, "a message outgrew its frame")
        let following = UInt16(size - Self.prefixByteCount)
        bytes[start] = UInt8(truncatingIfNeeded: following)
        bytes[start + 1] = UInt8(truncatingIfNeeded: following >> 8)
    }

    private var kind: Kind {
        switch body {
        case .heartbeat: .heartbeat
        case .abort: .abort
        case .suspicion: .suspicion
        case .answer: .answer
        case .loss: .loss
        case .departures: .departures
        case .inquest: .inquest
        case .testimony: .testimony
        }
    }

    private func encodeBody(into bytes: inout [UInt8]) {
        switch body {
        case .heartbeat(let list):
            precondition(list.count <= Progress.limit, "too much progress in one heartbeat")
            bytes.append(UInt8(list.count))
            for progress in list {
                bytes.append(littleEndian: progress.communicator)
                progress.state.encode(into: &bytes)
            }
        case .departures(let list):
            precondition(list.count <= Departure.limit, "too many departures in one message")
            bytes.append(UInt8(list.count))
            for departure in list {
                bytes.append(littleEndian: departure.communicator)
                bytes.append(littleEndian: UInt32(departure.rank))
                bytes.append(littleEndian: departure.completed)
            }
        case .abort(let abort): abort.encode(into: &bytes)
        case .suspicion(let suspicion):
            bytes.append(littleEndian: suspicion.communicator)
            bytes.append(littleEndian: UInt32(suspicion.accuser))
            bytes.append(littleEndian: UInt32(suspicion.suspect))
            bytes.append(littleEndian: suspicion.errorNumber)
        case .answer(let answer):
            bytes.append(littleEndian: UInt32(answer.rank))
            bytes.append(littleEndian: answer.count)
        case .loss(let loss):
            bytes.append(loss.reason.rawValue)
            bytes.append(littleEndian: UInt32(loss.rank))
            bytes.append(littleEndian: UInt32(loss.origin))
        case .inquest(let inquest):
            bytes.append(littleEndian: inquest.communicator)
            bytes.append(littleEndian: inquest.sequence)
            bytes.append(littleEndian: UInt32(inquest.initiator))
            bytes.append(inquest.state == nil ? 0 : 1)
            (inquest.state ?? OperationState()).encode(into: &bytes)
        case .testimony(let testimony):
            bytes.append(testimony.kind.rawValue)
            bytes.append(littleEndian: testimony.communicator)
            bytes.append(littleEndian: UInt32(testimony.rank))
            testimony.state.encode(into: &bytes)
        }
    }
}

extension LivenessMessage.Abort {
    func encode(into bytes: inout [UInt8]) {
        bytes.append(code.rawValue)
        bytes.append(phase.rawValue)
        bytes.append(littleEndian: communicator)
        bytes.append(littleEndian: culprit.map { UInt32($0) } ?? .max)
        bytes.append(littleEndian: UInt32(origin))
        let range = AbortCause.errorNumbers
        bytes.append(littleEndian: range.contains(errorNumber) ? errorNumber : 0)
        let text = AbortCause.shortened(self.text)
        bytes.append(littleEndian: UInt16(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

extension OperationState {
    func encode(into bytes: inout [UInt8]) {
        for word in [
            entered, completed, header.first, header.second, header.third, header.fourth,
        ] {
            bytes.append(littleEndian: word)
        }
    }
}

extension AbortCause {
    /// The message as it travels: at most `messageByteLimit` bytes, cut between characters.
    package static func shortened(_ text: String) -> String {
        guard text.utf8.count > messageByteLimit else { return text }
        let ellipsis = "…"
        return text.cut(toByteCount: messageByteLimit - ellipsis.utf8.count) + ellipsis
    }
}
