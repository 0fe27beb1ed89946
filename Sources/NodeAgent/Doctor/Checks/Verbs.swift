internal import Glibc

/// Whether RDMA can be used at all: drivers, devices, the rights to open them, and libibverbs.
struct Verbs: Sendable {
    /// What became of opening libibverbs.
    enum Library: Sendable, Hashable {
        case opened
        /// For this reason.
        case missing(String)
    }

    static let libraryName = "libibverbs.so.1"

    var devices: [String]
    /// `/dev/infiniband/uverbs0` and so on, with why this process may not use it.
    var nodes: [(path: String, refusal: String?)]
    /// InfiniBand controllers on PCI without a driver.
    var idleControllers: [String]
    var library: Library

    init(_ files: HostFiles, library: Library) {
        devices = files.names(in: "/sys/class/infiniband")
        nodes = files.names(in: "/dev/infiniband").filter { $0.hasPrefix("uverbs") }.map { name in
            let path = "/dev/infiniband/\(name)"
            return (path, files.refusal(path, mode: R_OK | W_OK)?.evidence(path))
        }
        let pci = "/sys/bus/pci/devices"
        idleControllers = files.names(in: pci).filter { name in
            // Base class network, subclass InfiniBand.
            files.text("\(pci)/\(name)/class")?.hasPrefix("0x0207") == true
                && !files.exists("\(pci)/\(name)/driver")
        }
        self.library = library
    }

    /// Opens libibverbs as the library does, and lets it go again.
    static func openLibrary() -> Library {
        guard let handle = unsafe dlopen(libraryName, RTLD_LAZY | RTLD_LOCAL) else {
            let reason = unsafe dlerror().map { unsafe String(cString: $0) }
            return .missing(reason ?? "\(libraryName) cannot be opened")
        }
        unsafe dlclose(handle)
        return .opened
    }
}

extension Verbs {
    var findings: [Finding] {
        let seen = ["/sys/class/infiniband: \(Self.list(devices))"]
        if !idleControllers.isEmpty {
            return [
                .error(
                    .verbs,
                    "\(Quantity.count(idleControllers.count, "RDMA controller")) without a "
                        + "driver", seen + idleControllers.map { "/sys/bus/pci/devices/\($0)" },
                    remedy: "load the driver (mlx5_ib for NVIDIA's): see 'dmesg' for why it is not")
            ]
        }
        if devices.isEmpty {
            return [.ok(.verbs, "no RDMA devices: jobs use TCP between hosts", seen)]
        }
        let problems = libraryFindings(seen) + nodeFindings(seen)
        guard problems.isEmpty else { return problems }
        let summary = "\(Quantity.count(devices.count, "RDMA device")) and libibverbs, usable"
        return [.ok(.verbs, summary, seen + nodes.map(\.path) + [Self.libraryName])]
    }

    private func libraryFindings(_ seen: [String]) -> [Finding] {
        guard case .missing(let reason) = library else { return [] }
        return [
            .error(
                .verbs, "RDMA devices, and no libibverbs to use them", seen + [reason],
                remedy: "install the packages libibverbs1 and ibverbs-providers")
        ]
    }

    private func nodeFindings(_ seen: [String]) -> [Finding] {
        if nodes.isEmpty {
            return [
                .error(
                    .verbs, "RDMA devices that programs cannot open",
                    seen + ["/dev/infiniband: no uverbs"],
                    remedy: "load the module ib_uverbs; in a container, pass /dev/infiniband on")
            ]
        }
        let refusals = nodes.compactMap(\.refusal)
        guard !refusals.isEmpty else { return [] }
        return [
            .error(
                .verbs,
                "this process may not open \(Quantity.count(refusals.count, "RDMA device"))",
                seen + refusals,
                remedy: "let the user in by group or udev rule: rdma-core makes them 0666")
        ]
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: " ")
    }
}
