// Who imports Martlet gets the communicator with it, and the names of algorithms. The rest of
// Schedules is for those who import it.
@_exported public import Collectives
@_exported public import enum Schedules.Algorithm
