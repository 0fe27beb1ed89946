internal import CLinux

/// Who is at the other end of a Unix socket, by the kernel's word, as it was when the connection came.
package struct PeerCredentials: Sendable, Hashable {
    package var process: Int32
    package var user: UInt32
    package var group: UInt32

    package init(process: Int32, user: UInt32, group: UInt32) {
        self.process = process
        self.user = user
        self.group = group
    }

    /// Asks the kernel about a connected socket.
    package init(of socket: Int32) throws(SystemError) {
        var process: pid_t = 0
        var user: uid_t = 0
        var group: gid_t = 0
        let result = unsafe clinux_peer_credentials(socket, &process, &user, &group)
        try check(result, "getsockopt SO_PEERCRED")
        self.init(process: process, user: user, group: group)
    }
}

/// The names of users and groups.
package enum Account {
    /// The user that this process acts as.
    package static var own: UInt32 { geteuid() }

    /// A user's name; nil where the system knows none.
    package static func name(ofUser user: UInt32) -> String? {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe clinux_user_name(user, &name, name.count) == 0 else { return nil }
        return String(terminated: name)
    }

    /// A group's number; nil where the system does not know the group.
    package static func number(ofGroup name: String) -> UInt32? {
        var group: gid_t = 0
        return unsafe clinux_group_number(name, &group) == 0 ? group : nil
    }
}

extension FilePath {
    /// Sets who may use a file. A group of nil stays as it is.
    package func setPermissions(mode: UInt32, group: UInt32?) throws(SystemError) {
        try check(
            unsafe clinux_set_permissions(terminated, mode, group ?? UInt32.max),
            "set the permissions of \(self)")
    }
}
