internal import ServiceLifecycle

/// Looks at the host as `martlet doctor` does, at the start and with every whole look of the
/// inventory: its sum is in the record.
struct DoctorService: Service {
    let surroundings: Doctor.Surroundings
    let inventory: Inventory
    let configuration: RunningConfiguration

    func run() async throws {
        // The control plane shows in the node's state; asking it again would say nothing more.
        let checks = DoctorCheck.allCases.filter { $0 != .controlPlane }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                inventory.note(doctor: await Doctor(surroundings).report(checks).summary)
                let seconds = configuration.values.registration.recheckSeconds
                try? await Task.sleep(for: .seconds(seconds))
            }
        }
    }
}
