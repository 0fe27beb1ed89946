internal import Logging
internal import Platform
internal import ServiceLifecycle

/// Runs the inventory on its thread, and hands on what it finds.
struct InventoryService: Service {
    let inventory: Inventory
    let registration: RegistrationDriver
    let status: StatusHolder
    let logger: Logger

    func run() async throws {
        let ending = Ending()
        let work: @Sendable () -> Void = {
            inventory.run { take($0) }
            ending.finish()
        }
        try Thread(name: "inventory", stackByteCount: 4 << 20, body: work).detach()
        await withTaskCancellationOrGracefulShutdownHandler {
            await ending.wait()
        } onCancelOrGracefulShutdown: {
            inventory.stop()
        }
    }

    private func take(_ finding: Inventory.Finding) {
        status.update { $0.counters.inventoryChecks += 1 }
        switch finding {
        case .unchanged: break
        case .failed(let error):
            status.update { $0.counters.inventoryFailures += 1 }
            logger.report(.inventoryFailed, "\(error)")
        case .notKept(let error): logger.report(.stateUnwritable, "\(error)")
        case .content(let content):
            tellConditions(content.record.conditions)
            registration.post(.content(content))
        }
    }

    private func tellConditions(_ conditions: [NodeCondition]) {
        let before = status.snapshot.conditions
        for condition in conditions where !before.contains(where: condition.isSame) {
            logger.report(
                .conditionRaised, "\(condition.object): \(condition.reason)",
                ["type": condition.type])
        }
        for condition in before where !conditions.contains(where: condition.isSame) {
            logger.report(
                .conditionCleared, "\(condition.object) is as it should be",
                ["type": condition.type])
        }
        status.update { $0.conditions = conditions }
    }
}

extension NodeCondition {
    fileprivate func isSame(_ other: NodeCondition) -> Bool {
        type == other.type && object == other.object
    }
}
