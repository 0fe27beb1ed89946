extension LiveHost {
    /// The link that leads to a PCI function: as it is, and at its best. hwloc reads it from the
    /// configuration space, which only root may read whole; these files everybody may read.
    func links(of busID: PCIBusID) -> (current: PCILink?, best: PCILink?) {
        let folder = "bus/pci/devices/\(busID)"
        return (link("\(folder)/current_link"), link("\(folder)/max_link"))
    }

    private func link(_ prefix: String) -> PCILink? {
        // Width 0 or 255, and the speed "Unknown", are how Linux says that there is none.
        guard let width = integer("\(prefix)_width"), (1...32).contains(width),
            let speed = text("\(prefix)_speed"), let transfers = Self.transfers(speed)
        else { return nil }
        return PCILink(transfersPerSecond: transfers, width: width)
    }

    /// `8.0 GT/s PCIe`
    static func transfers(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count >= 2, words[1] == "GT/s", let value = Double(words[0]),
            (1...1024).contains(value)
        else { return nil }
        return Int(value * 1e9)
    }
}
