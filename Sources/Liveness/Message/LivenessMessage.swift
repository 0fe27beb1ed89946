/// What neighbours tell each other. All ranks are ranks of the world.
///
/// Everything but heartbeats is a flood: a rank that learns something new tells all its neighbours
/// before it acts on it. Connections keep their order, so whoever hears of B has heard of every A
/// that B's teller knew before: an abort always arrives before the end of the process that sent it.
package struct LivenessMessage: Sendable, Hashable {
    /// How often this was passed on. What passed `hopLimit` ranks goes no further.
    package var hops: UInt8
    package var body: Body

    package init(hops: UInt8 = 0, _ body: Body) {
        self.hops = hops
        self.body = body
    }

    /// More than the longest way through any world that still is one piece.
    package static let hopLimit: UInt8 = 64

    package enum Body: Sendable, Hashable {
        case heartbeat([Progress])
        case abort(Abort)
        case suspicion(Suspicion)
        case answer(Answer)
        case loss(Loss)
        case departures([Departure])
        case inquest(Inquest)
        case testimony(Testimony)
    }

    /// How far the sender came in one communicator.
    package struct Progress: Sendable, Hashable {
        package var communicator: UInt64
        package var state: OperationState

        package init(communicator: UInt64, state: OperationState) {
            self.communicator = communicator
            self.state = state
        }

        /// More are told in turns.
        package static let limit = 16
    }

    /// A communicator failed; `communicator` 0 means all of the world's.
    package struct Abort: Sendable, Hashable {
        package var communicator: UInt64
        package var code: AbortCause.Code
        package var phase: AbortCause.Phase
        package var culprit: Int?
        package var origin: Int
        package var errorNumber: Int32
        package var text: String

        package init(
            communicator: UInt64, code: AbortCause.Code, phase: AbortCause.Phase, culprit: Int?,
            origin: Int, errorNumber: Int32 = 0, text: String
        ) {
            self.communicator = communicator
            self.code = code
            self.phase = phase
            self.culprit = culprit
            self.origin = origin
            self.errorNumber = errorNumber
            self.text = text
        }
    }

    /// A connection to `suspect` broke at `accuser`: the liveness connection where `communicator`
    /// is 0, else a data link.
    package struct Suspicion: Sendable, Hashable {
        package var communicator: UInt64
        package var accuser: Int
        package var suspect: Int
        package var errorNumber: Int32

        package init(communicator: UInt64, accuser: Int, suspect: Int, errorNumber: Int32) {
            self.communicator = communicator
            self.accuser = accuser
            self.suspect = suspect
            self.errorNumber = errorNumber
        }
    }

    /// A suspect is alive. `count` rises with every answer of this rank.
    package struct Answer: Sendable, Hashable {
        package var rank: Int
        package var count: UInt32

        package init(rank: Int, count: UInt32) {
            self.rank = rank
            self.count = count
        }
    }

    /// A rank is gone for good.
    package struct Loss: Sendable, Hashable {
        package enum Reason: UInt8, Sendable, Hashable, CaseIterable {
            /// Its process ended, or closed its connections as an ending process does.
            case ended = 1
            /// Its kernel acknowledges nothing any more.
            case unreachable = 2
        }

        package var rank: Int
        package var reason: Reason
        package var origin: Int

        package init(rank: Int, reason: Reason, origin: Int) {
            self.rank = rank
            self.reason = reason
            self.origin = origin
        }
    }

    /// A rank left a communicator in good order after the operation `completed`; the whole process
    /// left where `communicator` is 0.
    package struct Departure: Sendable, Hashable {
        package var communicator: UInt64
        package var rank: Int
        package var completed: UInt64

        package init(communicator: UInt64, rank: Int, completed: UInt64) {
            self.communicator = communicator
            self.rank = rank
            self.completed = completed
        }

        package static let limit = 48
    }

    /// An operation's deadline passed at `initiator`; the sender tells how far it came itself.
    package struct Inquest: Sendable, Hashable {
        package var communicator: UInt64
        package var sequence: UInt64
        package var initiator: Int
        /// nil where the sender does not take part in the communicator, or does not yet.
        package var state: OperationState?

        package init(
            communicator: UInt64, sequence: UInt64, initiator: Int, state: OperationState?
        ) {
            self.communicator = communicator
            self.sequence = sequence
            self.initiator = initiator
            self.state = state
        }
    }

    /// What is known of a rank that may have kept an operation from ending.
    package struct Testimony: Sendable, Hashable {
        package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
            /// It did not answer a neighbour; `state` is the last that was seen of it.
            case unanswered = 1
            /// It said so itself.
            case stated = 2
        }

        package var communicator: UInt64
        package var rank: Int
        package var kind: Kind
        package var state: OperationState

        package init(communicator: UInt64, rank: Int, kind: Kind, state: OperationState) {
            self.communicator = communicator
            self.rank = rank
            self.kind = kind
            self.state = state
        }
    }
}
