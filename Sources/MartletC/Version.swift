public import CMartlet
internal import Collectives

/// "0.1.0", from the header's numbers, with the zero that C needs.
private let versionText: StaticText = {
    let numbers = [MARTLET_VERSION_MAJOR, MARTLET_VERSION_MINOR, MARTLET_VERSION_PATCH]
    return StaticText(numbers.map { String($0) }.joined(separator: "."))
}()

private func number(_ major: Int32, _ minor: Int32, _ patch: Int32) -> Int32 {
    major * 1_000_000 + minor * 1000 + patch
}

@c @implementation
public func martlet_version() -> Int32 {
    number(MARTLET_VERSION_MAJOR, MARTLET_VERSION_MINOR, MARTLET_VERSION_PATCH)
}

@c @implementation
public func martlet_version_text() -> UnsafePointer<CChar>! {
    unsafe versionText.start
}

@c @implementation
public func martlet_version_check(_ header_version: Int32) -> martlet_status {
    let own = martlet_version()
    let isSame = header_version / 1_000_000 == own / 1_000_000
    // A patch changes no interface.
    if header_version >= 0, isSame, header_version / 1000 <= own / 1000 {
        return martlet_status(MARTLET_OK)
    }
    let (major, rest) = header_version.quotientAndRemainder(dividingBy: 1_000_000)
    return unsafe reject(
        "the program was compiled with martlet.h \(major).\(rest / 1000).\(rest % 1000), and the "
            + "library is \(String(cString: versionText.start)): load the library that belongs to "
            + "the header", .unsupported)
}

@c @implementation
public func martlet_status_name(_ status: martlet_status) -> UnsafePointer<CChar>! {
    let name: StaticString =
        switch Int(status) {
        case MARTLET_OK: "MARTLET_OK"
        case MARTLET_INVALID_ARGUMENT: "MARTLET_INVALID_ARGUMENT"
        case MARTLET_MISMATCH: "MARTLET_MISMATCH"
        case MARTLET_PEER_LOST: "MARTLET_PEER_LOST"
        case MARTLET_TIMED_OUT: "MARTLET_TIMED_OUT"
        case MARTLET_ABORTED: "MARTLET_ABORTED"
        case MARTLET_PEER_LEFT: "MARTLET_PEER_LEFT"
        case MARTLET_SYSTEM: "MARTLET_SYSTEM"
        case MARTLET_BUSY: "MARTLET_BUSY"
        case MARTLET_UNSUPPORTED: "MARTLET_UNSUPPORTED"
        case MARTLET_NOT_JOINED: "MARTLET_NOT_JOINED"
        default: "MARTLET_STATUS_UNKNOWN"
        }
    return unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation
public func martlet_data_type_byte_count(_ type: martlet_data_type) -> Int {
    DataType(wire: type)?.byteCount ?? 0
}

/// Text for C that lives as long as the process.
@safe private struct StaticText: @unchecked Sendable {
    // Written once, before anybody can see it, and never freed.
    let start: UnsafePointer<CChar>

    init(_ text: String) {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        unsafe copy.initialize(from: Array(bytes), count: bytes.count)
        unsafe start = UnsafePointer(copy)
    }
}
