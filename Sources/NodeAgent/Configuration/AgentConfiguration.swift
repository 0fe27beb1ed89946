/// How an agent runs. docs/agent.md describes the keys.
package struct AgentConfiguration: Sendable, Hashable {
    package var cluster = "default"
    /// Nil derives it from the machine's id.
    package var nodeId: String?
    package var stateDirectory = "/var/lib/martlet"
    package var controlPlane = ControlPlane()
    package var controller = Controller()
    package var registration = Registration()
    package var probe = Probe()
    package var inventory = Inventory()
    package var api = API()
    package var health = Health()
    package var log = Log()

    package init() {}

    package struct ControlPlane: Sendable, Hashable {
        package var endpoints = ["http://127.0.0.1:2379"]
        package var certificateFile: String?
        package var keyFile: String?
        package var authorityFile: String?
        package var requestTimeoutSeconds = 5.0
    }

    /// The embedded control plane.
    package struct Controller: Sendable, Hashable {
        package var enabled = false
        package var listen = "127.0.0.1:2379"
        /// Nil keeps it in the state directory.
        package var directory: String?
        package var allowsPlaintextBeyondLoopback = false
        package var certificateFile: String?
        package var keyFile: String?
        package var authorityFile: String?
    }

    package struct Registration: Sendable, Hashable {
        package var leaseSeconds = 15
        package var graceSeconds = 30.0
        package var recheckSeconds = 600.0
        package var departureSeconds = 10.0
        package var retryLimitSeconds = 30.0
    }

    package struct Probe: Sendable, Hashable {
        package var listen = "0.0.0.0:0"
        /// Nil takes this host's address on the way to the control plane.
        package var advertise: String?
        package var intervalSeconds = 5.0
        package var timeoutSeconds = 2.0
    }

    package struct Inventory: Sendable, Hashable {
        /// Nil counts accelerators.
        package var slots: Int?
        package var deviceCheckSeconds = 2.0
        package var asksRuntimes = true
        /// `NIC/PORT=RATE`
        package var expectedRatesBitsPerSecond: [String] = []

        /// The same by port.
        package var expectedRates: [PortName: Int] {
            let rates = expectedRatesBitsPerSecond.compactMap(PortName.expectedRate)
            return Dictionary(rates) { $1 }
        }
    }

    package struct API: Sendable, Hashable {
        package var socket = "/run/martlet/agent.sock"
        package var group = "martlet"
    }

    package struct Health: Sendable, Hashable {
        /// Nil does not listen on TCP.
        package var listen: String?
    }

    package struct Log: Sendable, Hashable {
        package var format = "text"
        package var level = "info"
    }
}
