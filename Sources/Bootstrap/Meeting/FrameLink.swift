internal import Platform

/// Frames over an authenticated socket, without blocking.
final class FrameLink {
    enum Received {
        case frame(Frame)
        /// Nothing more for now.
        case nothing
        /// The connection is over, and why.
        case ended(String)
    }

    let rawValue: Int32
    private let socket: FileDescriptor
    private let bodyLimit: Int
    private var assembler: FrameAssembler
    private var outgoing: ArraySlice<UInt8> = []
    private var end: String?

    /// `bodyLimit` bounds what the other side can make us hold.
    init(socket: consuming FileDescriptor, bodyLimit: Int) {
        rawValue = socket.rawValue
        self.socket = consume socket
        self.bodyLimit = bodyLimit
        assembler = FrameAssembler(bodyLimit: bodyLimit)
    }

    /// Sends what goes at once; the rest goes with `flush`.
    func send(_ frame: Frame) {
        outgoing += frame.bytes
        flush()
    }

    func flush() {
        do throws(SystemError) {
            while !outgoing.isEmpty {
                let count = try StreamSocket.send(rawValue, bytes: outgoing)
                guard count > 0 else { return }
                outgoing = outgoing.dropFirst(count)
            }
            outgoing = []
        } catch {
            // What the other side said before it went may still be waiting to be read.
            outgoing = []
        }
    }

    func receive() -> Received {
        while end == nil {
            do throws(SystemError) {
                let limit = min(assembler.wantedByteCount, 1 << 16)
                guard let bytes = try StreamSocket.receive(rawValue, limit: limit)
                else { return .nothing }
                guard !bytes.isEmpty else { return finish("it closed the connection") }
                let frame = assembler.append(bytes)
                if let violation = assembler.violation { return finish("\(violation)") }
                guard let frame else { continue }
                guard frame.version == Frame.version else { return finish("another version") }
                return .frame(frame)
            } catch {
                return finish(error.description)
            }
        }
        return .ended(end ?? "")
    }

    private func finish(_ reason: String) -> Received {
        end = reason
        return .ended(reason)
    }
}
