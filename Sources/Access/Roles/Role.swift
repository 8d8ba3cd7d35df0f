/// What somebody who logged in may do.
public enum Role: String, Sendable, Hashable, CaseIterable {
    /// Asks queries, and sees everything but secrets.
    case viewer
    /// Sends samples by remote write, and nothing else: what an agent's token can do, should it be stolen, is to write.
    case writer
    /// Does what is done around an alert: silences, events; and sees what a viewer sees.
    case `operator`
    /// Everything.
    case admin

    /// The audiences that somebody of this role belongs to.
    var audiences: Set<Audience> {
        switch self {
        case .viewer: [.anyone, .viewer]
        case .writer: [.anyone, .writer]
        case .operator: [.anyone, .viewer, .operator]
        case .admin: Set(Audience.allCases)
        }
    }
}

/// Whom a route is for.
public enum Audience: String, Sendable, Hashable, CaseIterable {
    /// Needs no login: answers that tell nothing but that the server lives.
    case anyone
    case viewer
    case writer
    case `operator`
    case admin

    /// Whether what such routes do is more than telling: a page of another site must not have a browser do it.
    public var changesState: Bool { self != .anyone && self != .viewer }
}
