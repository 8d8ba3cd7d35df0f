public import Model

/// What a delivery tells: all that payloads and templates are made of.
public struct Notification: Sendable {
    public let delivery: Delivery
    /// The alerts that are told.
    public let items: [Delivery.Item]
    /// Where the server is reached from outside, with its path.
    public let externalAddress: String

    public init(_ delivery: Delivery, externalAddress: String) {
        self.init(delivery, items: delivery.items, externalAddress: externalAddress)
    }

    private init(_ delivery: Delivery, items: [Delivery.Item], externalAddress: String) {
        self.delivery = delivery
        self.items = items
        self.externalAddress = externalAddress
    }

    /// The same of the first alerts alone; 0: of all. As in Alertmanager, what the alerts have in common is then said of these.
    public func limited(to count: Int64) -> Notification {
        guard count > 0 else { return self }
        return Notification(delivery, items: Array(items.prefix(Int(clamping: count))), externalAddress: externalAddress)
    }

    /// The receiver's name, with what has a meaning in regular expressions escaped, as Alertmanager tells it.
    public var receiver: String {
        var out = ""
        for scalar in delivery.key.integration.receiver.unicodeScalars {
            if #"\.+*?()|[]{}^$"#.unicodeScalars.contains(scalar) { out += "\\" }
            out.unicodeScalars.append(scalar)
        }
        return out
    }

    public var isFiring: Bool { items.contains { $0.endsAt == nil } }
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
