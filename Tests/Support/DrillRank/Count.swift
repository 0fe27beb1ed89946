import Glibc
import Platform

/// What a process holds of the things that could leak.
struct Count {
    /// What its descriptors lead to.
    var descriptors: [String]
    var threads: Int
    var children: Int
    var residentByteCount: Int
    var allocatedByteCount: Int

    static var now: Count {
        Count(
            descriptors: entries(of: "/proc/self/fd").compactMap {
                target(of: "/proc/self/fd/\($0)")
            }
            .filter { !$0.hasSuffix("/fd") }.sorted(),
            threads: entries(of: "/proc/self/task").count,
            children: ChildProcesses.all().count, residentByteCount: resident,
            allocatedByteCount: Host.allocatedByteCount)
    }

    func isBack(to first: Count) -> Bool {
        descriptors.count == first.descriptors.count && threads == first.threads
    }

    var fields: [(String, String)] {
        [
            ("descriptors", "\(descriptors.count)"), ("threads", "\(threads)"),
            ("children", "\(children)"), ("resident", "\(residentByteCount)"),
            ("allocated", "\(allocatedByteCount)"),
            ("open", descriptors.joined(separator: " ")),
        ]
    }

    private static func entries(of path: String) -> [String] {
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

    private static func target(of path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        guard readlink(path, &buffer, buffer.count - 1) >= 0 else { return nil }
        return String(terminated: buffer)
    }

    private static var resident: Int {
        let bytes = (try? FileDescriptor.contents(of: "/proc/self/statm")) ?? []
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }
}
