extension Survey {
    /// Devices that compute, by PCI bus id: those that a runtime knows, and those whose PCI class
    /// says so where no runtime is installed. A display adapter counts only for a runtime.
    mutating func accelerators() -> [Placed<Accelerator>] {
        acceleratorObjects.enumerated().map { accelerator($1, $0) }
    }

    var acceleratorObjects: [Int] {
        let onPCI = tree.indices { $0.kind == .pciDevice }.filter { index in
            isComputingClass(tree.objects[index].pci?.classID ?? 0)
                || tree.osDevices(below: index).contains { runtime(of: $0) != nil }
        }
        // Runtimes may know devices whose place on PCI a container or a hypervisor hides.
        let offPCI = tree.indices { _ in true }.filter { index in
            runtime(of: index) != nil
                && !tree.ancestors(of: index).contains {
                    tree.objects[$0].kind == .pciDevice || runtime(of: $0) != nil
                }
        }
        return tree.sortedByBus(onPCI + offPCI)
    }

    /// 3D controllers, which have no display, and processing accelerators.
    private func isComputingClass(_ classID: Int) -> Bool {
        classID == 0x0302 || classID >> 8 == 0x12
    }

    /// The runtime that an OS device is of, nil for what does not compute.
    private func runtime(of index: Int) -> String? {
        let object = tree.objects[index]
        guard case .osDevice(let kind) = object.kind else { return nil }
        let name = object.subtype ?? object.infos["Backend"]
        // Both OpenCL and Level Zero also show processors.
        let deviceType = object.infos["OpenCLDeviceType"] ?? object.infos["LevelZeroDeviceType"]
        if deviceType == "CPU" { return nil }
        switch (kind, name) {
        case (.coProcessor, "NVSwitch"): return nil
        case (.coProcessor, _): return name ?? "unknown"
        case (.gpu, "NVML"), (.gpu, "RSMI"), (.gpu, "CUDA"), (.gpu, "LevelZero"): return name
        default: return nil
        }
    }

    private mutating func accelerator(_ index: Int, _ position: Int) -> Placed<Accelerator> {
        let path = "accelerators[\(position)]"
        let isOSDevice = tree.objects[index].kind != .pciDevice
        let devices = (isOSDevice ? [index] : []) + tree.osDevices(below: index)
        let location = location(of: index, path)
        let runtimes = devices.compactMap { runtime(of: $0) }
        let reason =
            runtimes.isEmpty
            ? "no runtime that knows the device was asked" : "its runtime does not say"
        let nameReason = "neither a runtime nor a list of PCI names was asked or knows it"
        // A runtime knows the product, the list of PCI ids often only the chip.
        let accelerator = Accelerator(
            names: devices.compactMap { tree.objects[$0].name },
            runtimes: runtimes.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
            vendor: known(
                info(["GPUVendor", "LevelZeroVendor", "PCIVendor"], of: devices + [index]),
                "\(path).vendor", nameReason),
            model: known(
                info(["GPUModel", "LevelZeroModel", "MICSKU", "PCIDevice"], of: devices + [index]),
                "\(path).model", nameReason),
            uuid: known(
                info(["NVIDIAUUID", "AMDUUID", "LevelZeroUUID"], of: devices), "\(path).uuid",
                reason),
            memoryBytes: known(memoryByteCount(of: devices), "\(path).memoryBytes", reason),
            pci: location.pci, numaNodes: location.numaNodes, processors: location.processors,
            bestNIC: nil, rail: nil)
        return Placed(device: accelerator, place: isOSDevice ? nil : index)
    }

    /// hwloc's infos, all in units of 1024 bytes.
    private func memoryByteCount(of devices: [Int]) -> Int? {
        let text = info(
            [
                "CUDAGlobalMemorySize", "RSMIVRAMSize", "LevelZeroHBMSize", "LevelZeroMemorySize",
                "LevelZeroDDRSize", "OpenCLGlobalMemorySize", "MICMemorySize",
            ], of: devices)
        guard let kibibytes = text.flatMap({ Int($0) }), kibibytes > 0, kibibytes < 1 << 50 else {
            return nil
        }
        return kibibytes * 1024
    }
}
