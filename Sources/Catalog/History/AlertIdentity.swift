import Model

/// What an alert is on record as: its rule's place and its labels.
struct AlertIdentity: Sendable, Hashable {
    let file: String
    let group: String
    let labels: Labels

    init(file: String, group: String, labels: Labels) {
        self.file = file
        self.group = group
        self.labels = labels
    }

    init(_ transition: TransitionRecord) {
        self.init(file: transition.file, group: transition.group, labels: transition.labels)
    }

    /// Equal for equal identities alone.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        Labels.append(file.utf8, to: &bytes)
        Labels.append(group.utf8, to: &bytes)
        return bytes + labels.encoding
    }

    static func == (a: AlertIdentity, b: AlertIdentity) -> Bool {
        a.labels == b.labels && sameBytes(a.group, b.group) && sameBytes(a.file, b.file)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(labels) }
}
