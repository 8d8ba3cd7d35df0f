import Access
import Model
import NIOCore

/// What all connections share.
struct HTTPService: Sendable {
    let api: API
    /// Nil: plain HTTP for everybody.
    let access: AccessControl?
    let clock: any Clock
    let connections: Connections
    let bodies: BodyPolicy
    let bodyRoom: BodyRoom
    /// How often it is looked whether a body that has room still comes.
    let bodyLook: TimeAmount
    /// How long a connection may be open without anything going over it.
    let idleTimeout = TimeAmount.minutes(5)
    /// The same once the server is ending: for requests and answers that are half over, and go no further.
    let endingTimeout = TimeAmount.seconds(5)
}
