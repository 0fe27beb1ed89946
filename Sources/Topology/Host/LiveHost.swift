internal import Platform

/// What Linux says of the running host beyond hwloc: files under /sys, addresses, affinity.
///
/// Every question fails alone: what cannot be read is nil.
struct LiveHost: Sendable {
    /// `/sys`, or a folder of a test that looks like it.
    var root = "/sys"
    /// Addresses by interface.
    var addresses: [String: [String]] = [:]
    /// Processors that this process's affinity allows; nil when the kernel did not say.
    var usableProcessors: Bitmap?

    /// The host that this process runs on.
    static func current() -> LiveHost {
        var host = LiveHost()
        for interface in (try? NetworkInterface.all()) ?? [] {
            let digits = interface.address.host.prefix { $0 != "%" }
            host.addresses[interface.name, default: []].append(String(digits))
        }
        let usable = Bitmap(Host.usableProcessors)
        host.usableProcessors = usable.isEmpty ? nil : usable
        return host
    }

    /// The text of a small file, without the end of its line.
    func text(_ path: String) -> String? {
        guard let bytes = try? FileDescriptor.contents(of: "\(root)/\(path)", limit: 4096) else {
            return nil
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    func integer(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    /// What a folder holds, sorted; empty where there is none.
    func names(in path: String) -> [String] {
        ((try? FilePath("\(root)/\(path)").names()) ?? []).sorted()
    }

    func exists(_ path: String) -> Bool {
        (try? FilePath("\(root)/\(path)").kind()) != nil
    }
}
