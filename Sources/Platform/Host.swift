internal import CLinux

/// What a process knows of the machine and of itself.
package enum Host {
    /// An environment variable, nil when unset or empty.
    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
        return unsafe String(cString: value)
    }

    package static var processIdentifier: Int32 { getpid() }

    package static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        unsafe gethostname(&buffer, buffer.count - 1)
        return String(terminated: buffer)
    }

    /// Changes at every boot and differs between machines; with the PID namespace it says whether
    /// two processes can see each other's process ids.
    package static var bootIdentifier: String {
        let bytes = (try? FileDescriptor.contents(of: "/proc/sys/kernel/random/boot_id")) ?? []
        return String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// The inode of this process's PID namespace, 0 when unknown.
    package static var processNamespace: UInt64 {
        var status = stat()
        return unsafe stat("/proc/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0
    }

    /// Cores this process may run on.
    package static var usableProcessorCount: Int {
        max(1, Int(clinux_usable_processors()))
    }

    /// Processor time that this process has taken so far, on all its threads.
    package static var processorNanoseconds: UInt64 { clinux_process_nanoseconds() }

    /// Bytes of the C library's heap that are in use, on all threads.
    package static var allocatedByteCount: Int { clinux_allocated_bytes() }

    /// Ends the process at once, with everything written that was printed.
    package static func exit(_ code: Int32) -> Never {
        CLinux.exit(code)
    }

    /// Descriptors this process has open, without the one that the counting takes.
    package static var openDescriptorCount: Int { openDescriptors.count }

    /// The highest of them.
    package static var highestDescriptor: Int { openDescriptors.max() ?? -1 }

    private static var openDescriptors: [Int] {
        guard let directory = unsafe opendir("/proc/self/fd") else { return [] }
        defer { unsafe closedir(directory) }
        let own = unsafe Int(dirfd(directory))
        var found: [Int] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
                    unsafe String(cString: characters)
                }
            }
            if let number = Int(name), number != own { found.append(number) }
        }
        return found
    }

    /// Becomes readable when the process ends, even while a forked child keeps its sockets open.
    package static func openProcess(_ identifier: Int32) throws(SystemError) -> FileDescriptor {
        let descriptor = FileDescriptor(
            owning: try check(clinux_pidfd_open(identifier), "pidfd_open \(identifier)"))
        ForkGuard.protect(descriptor.rawValue)
        return descriptor
    }

    /// Bytes that nobody can guess.
    package static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let failed = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe clinux_random(bytes.baseAddress, bytes.count)
        }
        precondition(failed == 0, "the kernel gave no random bytes")
        return bytes
    }
}
