internal import CLinux

/// A system call that failed: which one, on what, and why.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The errno of the failure, positive.
    package let code: Int32
    /// The call and its object, such as `connect 10.0.0.1:29500`.
    package let operation: String

    package init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// More was asked for than any machine has.
    package static func outOfMemory(_ operation: String) -> SystemError {
        SystemError(code: ENOMEM, operation: operation)
    }

    /// Nothing to read, or no room to write, at the moment.
    package var isWouldBlock: Bool { code == EAGAIN }
    /// The process or the system has no descriptor left.
    package var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }
    /// There is no file of that name.
    package var isMissingFile: Bool { code == ENOENT }
    /// Nobody listens at the address.
    package var isRefused: Bool { code == ECONNREFUSED }
    /// The address is taken by another socket.
    package var isAddressInUse: Bool { code == EADDRINUSE }
    /// The kernel cannot do this at all, now or later: no such address family, or nonsense.
    package var isHopeless: Bool { code == EAFNOSUPPORT || code == EINVAL }

    package var description: String {
        "\(operation): \(Self.text(of: code))"
    }

    /// What the C library says of an errno, with its name's number.
    package static func text(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        unsafe clinux_error_text(code, &buffer, buffer.count)
        return "\(String(terminated: buffer)) (errno \(code))"
    }
}

/// Passes a result on, or throws when it is a negated errno.
@discardableResult
package func check<Result: BinaryInteger>(
    _ result: Result, _ operation: @autoclosure () -> String
) throws(SystemError) -> Result {
    guard result < 0 else { return result }
    throw SystemError(code: -Int32(result), operation: operation())
}
