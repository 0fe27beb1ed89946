import Collectives

/// A wrong decision that all ranks of a run make on purpose: the simulation has to find it.
///
/// Plants stand where the sequencer meets whoever drives it: it is shown something else than there
/// is, has other limits, or something else is done than it says. So production has no trace of them.
package enum Plant: String, CaseIterable, Sendable {
    // What a sequencer is shown.
    case overlooksAborts = "a running operation overlooks that the communicator failed"
    case overlooksDepartures = "an operation begins that a rank which left cannot take part in"
    // What it has for limits.
    case hasNoDeadline = "operations have no deadline"
    case hasLittleTime = "operations have a hundredth of their time"
    case hearsNobody = "a better cause is not waited for"
    case awaitsNoVerdict = "the verdict is not waited for"
    case leavesAtOnce = "who leaves waits for nobody"
    case skipsAgreement = "strict ranks do not agree before they begin"
    // What is done of what it says.
    case succeedsInstead = "a call that failed reports success"
    case forgetsOperation = "a call ends with the agreement on it"
    case neverLooks = "nobody looks at clock and links"
    case hidesFailures = "what the executor saw is told to nobody"
    case hidesDeadlines = "a passed deadline is told to nobody"
    case hidesDepartures = "nobody is told of an operation that needs who left"
    case givesUp = "a rank that waits for the verdict gives up at once"
    case completesNothing = "completed operations are not noted"
    case leavesMemoryLent = "links read memory of calls that failed"

    /// Where to look for it: a few wrong decisions matter only in rare runs.
    package var firstSeed: UInt64 {
        switch self {
        case .hasNoDeadline, .hidesDeadlines, .overlooksAborts: 40
        case .hidesDepartures, .overlooksDepartures: 740
        case .hearsNobody: 5660
        default: 1
        }
    }

    func change(_ limits: inout SequencerLimits) {
        switch self {
        case .hasNoDeadline: limits.timeoutNanoseconds = .max
        case .hasLittleTime: limits.timeoutNanoseconds /= 100
        case .hearsNobody: limits.betterCauseNanoseconds = 0
        case .awaitsNoVerdict: limits.verdictNanoseconds = 0
        case .leavesAtOnce: limits.farewellNanoseconds = 0
        default: break
        }
    }

    /// What is done instead of what the sequencer says.
    func instead(of step: Sequencer.Step) -> Sequencer.Step {
        switch (self, step) {
        case (.succeedsInstead, .fail): .complete
        case (.forgetsOperation, .agreed): .complete
        case (.neverLooks, .look): .sleep
        case (.hidesFailures, .tell(.failure)): .again
        case (.hidesDeadlines, .tell(.deadline)): .again
        case (.hidesDepartures, .tell(.departure)): .again
        case (.givesUp, .listen): .giveUp
        default: step
        }
    }
}
