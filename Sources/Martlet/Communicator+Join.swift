internal import Bootstrap
internal import Liveness
internal import Platform
internal import Topology

extension Communicator {
    /// Meets all ranks of the job and returns the communicator of them all, the world.
    ///
    /// Blocks until everybody has come, every link stands and all have the same plan. The ranks meet
    /// and open their links within the joining time (30 s unless configured), or it throws after at
    /// most half a second more on every rank that came, with the same cause: who is missing, who came
    /// twice, or who belongs to another job. To agree on the plan they run some operations, each with
    /// the operation's deadline.
    ///
    /// Throws:
    /// - `invalidArgument`: an option or a variable of the environment cannot be meant;
    /// - `notJoined`: the ranks did not meet, do not belong together, or differ in what they demand of
    ///   operations; or rank 0's plan cannot be read or saved;
    /// - `system`, `timedOut`, `peerLost`, `peerLeft` or `aborted`: they met, and a rank could not open
    ///   its links, was lost, or gave up.
    public static func join(
        _ options: JoinOptions = JoinOptions()
    ) throws(CollectiveError) -> Communicator {
        var configuration = try options.meetingConfiguration()
        let times = try options.times()
        let demands = try options.demands()
        let policy = try options.policy()
        let deadline = Deadline(secondsFromNow: configuration.timeoutSeconds)
        let world: World
        do {
            let placement = try Placement.find(.process)
            configuration.capabilities = placement.place.bytes
            let membership = try Meeting.join(configuration)
            world = try World(
                membership, placement, policy, deadline: deadline, times: times)
        } catch {
            throw CollectiveError(error)
        }
        let communicator = try world.make(
            identifier: World.identifier, worldRanks: Array(0..<world.membership.rankCount),
            deadline: deadline)
        do throws(CollectiveError) {
            communicator.engine.latestDeadline = deadline
            try world.agreeOnPlan(communicator, demands, path: options.planFile())
            communicator.engine.latestDeadline = .never
        } catch {
            // Before the communicator goes: afterwards nobody would hear of it.
            world.giveUp(error, communicator)
            throw error
        }
        return communicator
    }
}
