import ArgumentParser
import Glibc
import NodeAgent
import Platform

/// `martlet nodes [list]`: a line for each node.
struct ListNodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show a line for each node (the default).")

    @OptionGroup var place: ControlPlaneOptions

    @Flag(help: "Print JSON: one object, or with --watch one on each line.")
    var json = false

    @Flag(help: "Show every change until interrupted.")
    var watch = false

    @Flag(help: "Cut nothing, however long the lines get.")
    var wide = false

    func run() throws {
        try Complaint.naming("nodes") {
            let source = try ClusterSource.chosen(place.loaded())
            let form = Form(isJSON: json, isWide: wide)
            guard watch else {
                let listing = try waiting { try await source.listing() }
                return Swift.print(try form.text(listing), terminator: "")
            }
            try waiting {
                try await source.follow { listing in
                    try form.show(listing)
                } warn: { reason in
                    FileDescriptor.complain("martlet nodes: out of date: \(reason)\n")
                }
            }
        }
    }

    /// How a listing looks.
    private struct Form: Sendable {
        var isJSON: Bool
        var isWide: Bool

        func text(_ listing: ClusterListing) throws -> String {
            guard !isJSON else {
                return String(decoding: try CanonicalJSON.encode(listing), as: UTF8.self) + "\n"
            }
            let width = isWide ? Int.max : Terminal.width(STDOUT_FILENO)
            return NodesTable(listing, nowUnixSeconds: WallClock.nowUnixSeconds(), width: width)
                .text
        }

        /// On a terminal in the place of what was there before.
        func show(_ listing: ClusterListing) throws {
            let isTerminal = !isJSON && isatty(STDOUT_FILENO) == 1
            var text = try self.text(listing)
            if isTerminal { text = "\u{1b}[H\u{1b}[J" + text } else if !isJSON { text += "\n" }
            try FileDescriptor.print(text)
        }
    }
}

/// The window that a command writes to.
enum Terminal {
    /// In columns; 80 where it is no terminal, or does not say.
    static func width(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return max(40, Int(size.ws_col))
    }
}

extension FileDescriptor {
    /// All of the text at once on standard output.
    static func print(_ text: String) throws(SystemError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0) }
            rest = rest.dropFirst(try check(count, "write the listing"))
        }
    }

    static func complain(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            _ = unsafe write(STDERR_FILENO, UnsafeRawBufferPointer(bytes))
        }
    }
}
