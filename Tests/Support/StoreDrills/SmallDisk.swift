internal import Glibc
internal import Platform
internal import StoreSupport

/// A file system of a few MiB in a mount namespace of its own, which can be filled up.
package final class SmallDisk: Sendable {
    /// Where it is mounted, for processes started with `launcher`.
    package let path: String
    private let holder: ToolProcess

    /// Mounts over an empty directory; where this process is not root, as root of a user namespace.
    package init(over path: String, byteCount: Int, log: String) async throws {
        self.path = path
        let options = Self.isRoot ? ["--mount"] : ["--mount", "--map-root-user"]
        holder = try ToolProcess(
            "unshare",
            options + [
                "sh", "-c",
                "mount -t tmpfs -o size=\(byteCount) tmpfs \"$0\" && echo mounted && exec sleep 3600",
                path,
            ], log: log)
        let isMounted = await eventually(within: 10) {
            let said = (try? FileDescriptor.contents(of: log)) ?? []
            return String(decoding: said, as: UTF8.self).contains("mounted")
        }
        guard isMounted else { throw ToolFailure(message: "no file system could be mounted") }
    }

    deinit {
        holder.kill()
    }

    package var launcher: [String] {
        let user = Self.isRoot ? [] : ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", "\(holder.identifier)", "--mount"] + user
    }

    /// Takes all the room that is left.
    package func fill() throws {
        let file = try FileDescriptor.open(filler, flags: O_WRONLY | O_CREAT | O_APPEND)
        for pieceByteCount in [4096, 1] {
            while (try? file.write([UInt8](repeating: 0, count: pieceByteCount), path: filler))
                != nil
            {
            }
        }
    }

    /// Gives the room back.
    package func free() {
        FileDescriptor.remove(filler)
    }

    /// Seen from outside of its namespace.
    private var filler: String { "/proc/\(holder.identifier)/root\(path)/filler" }

    private static var isRoot: Bool { geteuid() == 0 }
}
