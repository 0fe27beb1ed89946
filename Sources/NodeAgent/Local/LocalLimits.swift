/// What strangers may take of the local API. Somebody who stalls costs a connection for some
/// seconds, and nothing else.
package struct LocalLimits: Sendable {
    /// Connections at once; one more ends the oldest that is not being answered.
    package var connectionCount = 64
    /// Of those, listings that are followed.
    package var watchCount = 16
    /// Names and values of a request's headers.
    package var headerBytes = 8 << 10
    package var headerCount = 64
    package var bodyBytes = 4 << 10
    /// From the beginning of a connection, or the last answer, to a whole request.
    package var requestSeconds = 10.0
    /// For the answer to be made.
    package var answerSeconds = 15.0
    /// For the caller to take it, and each piece of a listing that is followed.
    package var takeSeconds = 10.0

    package init() {}
}
