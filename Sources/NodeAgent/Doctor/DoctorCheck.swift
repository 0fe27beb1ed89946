/// What `martlet doctor` looks at, by the names that `--only` takes. docs/doctor.md describes each.
package enum DoctorCheck: String, Sendable, CaseIterable {
    case memlock
    case verbs
    case ports
    case gids
    case mtu
    case pci
    case hugepages
    case numaBalancing = "numa-balancing"
    case openFiles = "open-files"
    case cpuLimit = "cpu-limit"
    case clock
    case machineId = "machine-id"
    case controlPlane = "control-plane"
    case certificates
}
