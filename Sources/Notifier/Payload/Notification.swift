public import Model

/// What a delivery tells: all that payloads and templates are made of.
public struct Notification: Sendable {
    public let delivery: Delivery
    /// Where the server is reached from outside, with its path.
    public let externalAddress: String

    public init(_ delivery: Delivery, externalAddress: String) {
        self.delivery = delivery
        self.externalAddress = externalAddress
    }

    public var items: [Delivery.Item] { delivery.items }
    public var isFiring: Bool { delivery.isFiring }
    public var status: String { isFiring ? "firing" : "resolved" }

    /// The labels that all alerts have with the same value.
    public var commonLabels: Labels {
        Labels(Self.common(items.map { Array($0.labels) }))
    }

    /// The annotations that all alerts have with the same text.
    public var commonAnnotations: [Label] { Self.common(items.map(\.annotations)) }

    private static func common(_ sets: [[Label]]) -> [Label] {
        guard let first = sets.first else { return [] }
        return sets.dropFirst().reduce(first) { shared, other in
            let others = Set(other.map { [Array($0.name.utf8), Array($0.value.utf8)] })
            return shared.filter { others.contains([Array($0.name.utf8), Array($0.value.utf8)]) }
        }
    }
}

extension Delivery.Item {
    public var status: String { endsAt == nil ? "firing" : "resolved" }
}
