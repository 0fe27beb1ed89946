// Who imports Martlet gets the communicator and the names of collectives and algorithms with it.
@_exported public import Collectives
@_exported public import Schedules
