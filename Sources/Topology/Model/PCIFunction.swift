/// Where a device sits on PCI: `0000:84:00.0`.
package struct PCIBusID: Sendable, Hashable {
    package var domain: Int
    package var bus: Int
    package var device: Int
    package var function: Int
}

extension PCIBusID: Comparable, CustomStringConvertible {
    package static func < (left: PCIBusID, right: PCIBusID) -> Bool {
        (left.domain, left.bus, left.device, left.function)
            < (right.domain, right.bus, right.device, right.function)
    }

    package var description: String {
        "\(hexadecimal(domain, 4)):\(hexadecimal(bus, 2)):\(hexadecimal(device, 2)).\(function)"
    }
}

extension PCIBusID {
    /// Reads `0000:84:00.0`, also without the domain; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let last = parts.last else { return nil }
        let ends = last.split(separator: ".", omittingEmptySubsequences: false)
        let words = parts.dropLast() + ends
        let numbers = words.compactMap { word in
            word.allSatisfy(\.isHexDigit) ? Int(word, radix: 16) : nil
        }
        let all = parts.count == 2 ? [0] + numbers : numbers
        guard ends.count == 2, numbers.count == words.count, all[0] <= Int(UInt32.max),
            all[1] < 256, all[2] < 32, all[3] < 8
        else { return nil }
        self.init(domain: all[0], bus: all[1], device: all[2], function: all[3])
    }
}

/// One function of a PCI device, and the link that leads to it.
package struct PCIFunction: Sendable, Hashable {
    package var busID: PCIBusID
    package var vendorID: Int
    package var deviceID: Int
    /// Base class and subclass, such as 0x0302.
    package var classID: Int
    /// The root of the PCI tree it is in, as Linux names it, such as `pci0000:80`: what is under one
    /// root reaches each other without the fabric between processors.
    package var root: String?
    /// The link of this moment; links of idle devices may be slower than they can be.
    package var link: PCILink?
    /// The link at its best.
    package var bestLink: PCILink?
    /// What the link carries in one direction, after its encoding, where that much is known.
    package var linkBytesPerSecond: Int?
}

/// A PCI Express link.
package struct PCILink: Sendable, Hashable {
    /// Of each lane, in one direction, with the encoding.
    package var transfersPerSecond: Int
    /// Lanes.
    package var width: Int

    package init(transfersPerSecond: Int, width: Int) {
        self.transfersPerSecond = transfersPerSecond
        self.width = width
    }

    /// What the link carries in one direction, after its encoding: 8 of 10 bits at up to 5 GT/s,
    /// 128 of 130 at up to 32 GT/s, 242 of 256 bytes above.
    package var bytesPerSecond: Int {
        switch transfersPerSecond {
        case ...5_000_000_000: transfersPerSecond / 8 * width * 8 / 10
        case ...32_000_000_000: transfersPerSecond / 8 * width * 128 / 130
        default: transfersPerSecond / 8 * width * 242 / 256
        }
    }
}

/// Digits in lower case, at least so many.
package func hexadecimal(_ value: Int, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
