internal import Bootstrap
internal import Liveness
internal import Platform

extension Communicator {
    /// Meets all ranks of the job and returns the communicator of them all, the world.
    ///
    /// Blocks until everybody has come and every link stands, or throws within the joining time
    /// (30 s unless configured), on every rank with the same cause: who is missing, who came
    /// twice, or who belongs to another job.
    public static func join(
        _ options: JoinOptions = JoinOptions()
    ) throws(CollectiveError) -> Communicator {
        let configuration = try options.meetingConfiguration()
        let times = try options.times()
        let demands = World.Demands(
            algorithm: try options.forcedAlgorithm(), isStrict: try options.strictness())
        let deadline = Deadline(secondsFromNow: configuration.timeoutSeconds)
        let world: World
        do {
            let membership = try Meeting.join(configuration)
            world = try World(membership, deadline: deadline, times: times)
        } catch {
            throw CollectiveError(error)
        }
        let communicator = try world.make(
            identifier: World.identifier, worldRanks: Array(0..<world.membership.rankCount),
            deadline: deadline)
        do throws(CollectiveError) {
            try world.agreeOnPlan(
                communicator, demands,
                path: options.planPath ?? Host.environment("MARTLET_PLAN"))
        } catch {
            // Before the communicator goes: afterwards nobody would hear of it.
            world.giveUp(error, communicator)
            throw error
        }
        return communicator
    }
}
