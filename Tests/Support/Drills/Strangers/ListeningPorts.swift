import Glibc
import Platform

/// Where a process listens, found as a stranger on the same host would: in /proc.
enum ListeningPorts {
    static func of(process: Int32) -> [SocketAddress] {
        let inodes = socketInodes(of: process)
        return ["tcp", "tcp6"].flatMap { table -> [SocketAddress] in
            guard let bytes = try? FileDescriptor.contents(of: "/proc/net/\(table)", limit: 1 << 22)
            else { return [] }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst()
            return lines.compactMap { line in
                let fields = line.split(separator: " ")
                // 0A is TCP_LISTEN; the tenth field is the inode.
                guard fields.count > 9, fields[3] == "0A", inodes.contains(String(fields[9])),
                    let port = fields[1].split(separator: ":").last.flatMap({
                        UInt16($0, radix: 16)
                    })
                else { return nil }
                // All drills meet over loopback.
                return SocketAddress(
                    digits: table == "tcp" ? "127.0.0.1" : "::1", port: port)
            }
        }
    }

    static func descriptorCount(of process: Int32) -> Int {
        names(in: "/proc/\(process)/fd").count
    }

    private static func socketInodes(of process: Int32) -> Set<String> {
        var inodes: Set<String> = []
        for name in names(in: "/proc/\(process)/fd") {
            var buffer = [CChar](repeating: 0, count: 256)
            readlink("/proc/\(process)/fd/\(name)", &buffer, buffer.count - 1)
            let target = String(terminated: buffer)
            if target.hasPrefix("socket:[") {
                inodes.insert(String(target.dropFirst(8).dropLast()))
            }
        }
        return inodes
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
