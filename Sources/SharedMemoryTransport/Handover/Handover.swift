internal import CLinux
internal import CSharedMemory
package import Platform

/// How two ranks of one host come to share memory, over a connection on which they have proved
/// themselves: each offers, each passes the segment that it receives in to the other, and each says
/// whether it could map what it was passed. Where one does not want to, or cannot, the connection is
/// theirs as it was before, and both know why.
///
/// Used by one thread at a time.
package final class Handover {
    /// What the other rank is called in messages.
    let name: String
    private var socket: FileDescriptor?
    let descriptor: Int32
    private let own: HandoverOffer
    private var theirs: HandoverOffer?
    private var receiving: Segment?
    private var passing: FileDescriptor?
    private var sending: Segment?
    /// What was passed before the offer that says how much it is: the two take different ways.
    private var early: FileDescriptor?
    /// Why the two offers alone decide that nothing is shared.
    private var refusal: String?
    /// Empty for yes.
    private var ownVerdict: String?
    private var theirVerdict: String?
    private var outgoing: [UInt8]
    private var incoming: [UInt8] = []

    /// How a pair ended.
    package enum Outcome: ~Copyable {
        case shared(SharedMemoryLink)
        /// The connection, and why it was kept.
        case separate(FileDescriptor, reason: String)
    }

    /// Begins with a rank on a connection that does not block. `refusal` says why this rank does not
    /// want to share memory, nil where it does.
    init(
        with name: String, on socket: consuming FileDescriptor, _ settings: HandoverSettings,
        socketName: [UInt8], refusal: String?
    ) {
        self.name = name
        descriptor = socket.rawValue
        self.socket = consume socket
        var reason = refusal
        if refusal == nil {
            do throws(SharedMemoryError) {
                let memory = try Segment.allocate(ringByteCount: settings.ringByteCount)
                receiving = try Segment.prepare(
                    memory, ringByteCount: settings.ringByteCount, node: settings.node)
                passing = consume memory
            } catch {
                reason = error.message
            }
        }
        own = HandoverOffer(
            refusal: reason ?? "", hasBarrier: cshared_barrier_register() == 0,
            ringByteCount: settings.ringByteCount,
            token: Host.randomBytes(HandoverOffer.tokenByteCount), socketName: socketName)
        outgoing = HandoverMessage.offer(own).bytes
    }

    /// What came of it, once; nil while it is not done.
    package func take() -> Outcome? {
        guard isDone, let socket = socket.take() else { return nil }
        if let reason { return .separate(socket, reason: reason) }
        guard let sending = sending.take(), let receiving = receiving.take(), let theirs else {
            return .separate(socket, reason: "the handover was not finished")
        }
        return .shared(
            SharedMemoryLink(
                sending: sending, receiving: receiving, socket: socket,
                needsFence: !(own.hasBarrier && theirs.hasBarrier)))
    }
}

// MARK: - What its runner asks and does

extension Handover {
    private var awaitsMessage: Bool {
        theirs == nil || (refusal == nil && theirVerdict == nil)
    }
    /// Whether both ranks have said all that the handover needs.
    package var isDone: Bool {
        !awaitsMessage && outgoing.isEmpty && (refusal != nil || ownVerdict != nil)
    }
    var wantsToWrite: Bool { !outgoing.isEmpty }
    private var isExchanging: Bool { theirs != nil && refusal == nil && ownVerdict == nil }
    /// Its segment has not reached the other rank yet.
    var wantsToPass: Bool { isExchanging && passing != nil }

    /// Whether this is the pair that a token belongs to. Theirs may come before their offer is read.
    func expects(_ token: [UInt8]) -> Bool {
        let isOpen = sending == nil && early == nil && refusal == nil && ownVerdict == nil
        return isOpen && token == own.token
    }

    /// Maps what the other rank passed.
    func adopt(_ descriptor: consuming FileDescriptor) {
        guard let theirs else {
            early = consume descriptor
            return
        }
        do throws(SharedMemoryError) {
            sending = try Segment.adopt(descriptor, ringByteCount: theirs.ringByteCount)
        } catch {
            return judge(error.message)
        }
        judgeIfWhole()
    }

    /// Passes this rank's segment, unless the other's queue is full.
    func pass(through socket: borrowing HandoverSocket) {
        guard wantsToPass, let theirs, let segment = passing?.rawValue else { return }
        do throws(SharedMemoryError) {
            guard try socket.pass(segment, to: theirs.socketName, token: theirs.token) else {
                return
            }
        } catch {
            return judge(error.message)
        }
        passing = nil
        judgeIfWhole()
    }

    /// Sends and receives what can be now. What follows the last message stays in the connection.
    func advance() throws(SharedMemoryError) {
        do throws(SystemError) {
            if !outgoing.isEmpty {
                outgoing.removeFirst(try StreamSocket.send(descriptor, bytes: outgoing[...]))
            }
            while awaitsMessage {
                let missing = HandoverMessage.missingByteCount(of: incoming)
                guard let bytes = try StreamSocket.receive(descriptor, limit: missing) else {
                    break
                }
                if bytes.isEmpty { throw SystemError(code: EPIPE, operation: "receive") }
                incoming += bytes
                readMessage()
            }
        } catch {
            throw SharedMemoryError(
                .peerGone, "\(name) ended the connection: \(error)", errorNumber: error.code)
        }
    }
}

// MARK: - What is decided

extension Handover {
    /// Why nothing is shared, nil where something is.
    private var reason: String? {
        if let refusal { return refusal }
        if let ownVerdict, !ownVerdict.isEmpty { return ownVerdict }
        return theirVerdict.flatMap { $0.isEmpty ? nil : "\(name): \($0)" }
    }

    private func readMessage() {
        guard let (message, byteCount) = HandoverMessage.read(incoming) else { return }
        incoming.removeFirst(byteCount)
        switch message {
        case .offer(let offer) where theirs == nil:
            theirs = offer
            if !own.refusal.isEmpty {
                refusal = own.refusal
            } else if !offer.refusal.isEmpty {
                refusal = "\(name): \(offer.refusal)"
            } else if let segment = early.take() {
                adopt(segment)
            }
        case .verdict(let text) where theirs != nil:
            theirVerdict = text
            // Whoever is refused must not wait for a segment that never comes.
            if !text.isEmpty, ownVerdict == nil { judge("\(name): \(text)") }
        default:
            refusal = "\(name) speaks another version of the handover"
            theirs = theirs ?? own
        }
    }

    private func judgeIfWhole() {
        if passing == nil, sending != nil { judge("") }
    }

    private func judge(_ verdict: String) {
        guard ownVerdict == nil else { return }
        ownVerdict = verdict
        outgoing += HandoverMessage.verdict(refusal: verdict).bytes
    }
}
