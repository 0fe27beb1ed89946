/// Large pages: transparent ones, which buffers of jobs and of the library want, and reserved ones,
/// which the library does not use and the rest of the host lacks.
struct HugePages: Sendable {
    static let transparentPath = "/sys/kernel/mm/transparent_hugepage/enabled"

    /// `always`, `madvise` or `never`; nil where the kernel has none.
    var transparent: String?
    /// By size, over all NUMA nodes.
    var reserved: [(pageBytes: UInt64, count: Int, freeCount: Int)]

    init(_ files: HostFiles) {
        transparent = files.text(Self.transparentPath).flatMap(Self.chosen)
        let folder = "/sys/kernel/mm/hugepages"
        reserved = files.names(in: folder).compactMap { name in
            guard let kilobytes = Self.kilobytes(name),
                let count = files.integer("\(folder)/\(name)/nr_hugepages"),
                let freeCount = files.integer("\(folder)/\(name)/free_hugepages")
            else { return nil }
            return (kilobytes << 10, count, freeCount)
        }
    }

    /// `always [madvise] never`
    static func chosen(_ text: String) -> String? {
        text.split(separator: " ").first { $0.hasPrefix("[") && $0.hasSuffix("]") }
            .map { String($0.dropFirst().dropLast()) }
    }

    /// `hugepages-2048kB`
    private static func kilobytes(_ name: String) -> UInt64? {
        guard name.hasPrefix("hugepages-"), name.hasSuffix("kB") else { return nil }
        return UInt64(name.dropFirst(10).dropLast(2)).flatMap { $0 < 1 << 40 ? $0 : nil }
    }
}

extension HugePages {
    var findings: [Finding] {
        var evidence = ["\(Self.transparentPath): \(transparent ?? "no such file")"]
        let used = reserved.filter { $0.count > 0 }
        for pages in used {
            evidence.append(
                "/sys/kernel/mm/hugepages: \(pages.count) of \(Quantity.bytes(pages.pageBytes)), "
                    + "\(pages.freeCount) free")
        }
        switch transparent {
        case "always", "madvise":
            let kept = used.map { $0.pageBytes &* UInt64($0.count) }.reduce(0, &+)
            let more = kept == 0 ? "" : "; \(Quantity.bytes(kept)) reserved besides"
            return [.ok(.hugepages, "transparent ones: \(transparent ?? "")\(more)", evidence)]
        case "never":
            return [
                .warning(
                    .hugepages,
                    "transparent ones are off: more misses of the TLB, and slower "
                        + "registration of buffers", evidence,
                    remedy: "write 'madvise' to \(Self.transparentPath), and keep it by the kernel "
                        + "parameter transparent_hugepage=madvise")
            ]
        default: return [.unknown(.hugepages, "this kernel does not say", evidence)]
        }
    }
}
