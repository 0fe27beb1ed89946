internal import CLinux

extension Host {
    /// The numbers of the processors this process may run on.
    package static var usableProcessors: [Int] {
        var list = [Int32](repeating: 0, count: 1024)
        let count = unsafe clinux_processors(&list, Int32(list.count))
        return list.prefix(max(0, Int(count))).map(Int.init)
    }

    /// Whether no lower one of `usable` shares a physical core with this processor.
    package static func isFirstOfItsCore(_ processor: Int, among usable: [Int]) -> Bool {
        let path = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
        guard let bytes = try? FileDescriptor.contents(of: path) else { return true }
        let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let siblings = text.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let low = ends.first, let high = ends.last, low <= high else { return [] }
            return Array(low...high)
        }
        return !siblings.contains { $0 < processor && usable.contains($0) }
    }

    /// The file that this process runs.
    package static func executablePath() throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { throw SystemError(code: ENOENT, operation: "read /proc/self/exe") }
        return String(terminated: buffer)
    }

    /// The variables of this process, as NAME=VALUE.
    package static var environmentEntries: [[UInt8]] {
        var entries: [[UInt8]] = []
        guard var next = unsafe clinux_environment() else { return [] }
        while let entry = unsafe next.pointee {
            let bytes = unsafe UnsafeBufferPointer(start: entry, count: strlen(entry))
            entries.append(unsafe bytes.map { UInt8(bitPattern: $0) })
            unsafe next += 1
        }
        return entries
    }
}

extension Host {
    /// Where relative paths count from; `/` where that cannot be said.
    package static var workingDirectory: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard unsafe getcwd(&buffer, buffer.count) != nil else { return "/" }
        return String(terminated: buffer)
    }
}
