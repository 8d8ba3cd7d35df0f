import Notifier

/// Changes on their way to the store, in order. While it refuses there may come many: then only the last about each thing counts.
struct UnkeptChanges {
    /// What a change is about.
    private enum Subject: Hashable {
        case alert(Fingerprint)
        case silence(String)
        case delivery(UInt64)
        case log(LogKey)
    }

    /// From so many changes on it pays to look for those that later ones have made void.
    private static let many = 10_000

    private(set) var all: [NotifierChange] = []
    private var nextTidying = many
    var wasRefused = false

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    mutating func add(_ changes: [NotifierChange]) {
        all += changes
        guard wasRefused, all.count >= nextTidying else { return }
        tidy()
        nextTidying = max(Self.many, 2 * all.count)
    }

    private mutating func tidy() {
        var seen: Set<Subject> = []
        all = all.reversed().filter { seen.insert(Self.subject(of: $0)).inserted }.reversed()
    }

    private static func subject(of change: NotifierChange) -> Subject {
        switch change {
        case .alert(let alert): .alert(alert.fingerprint)
        case .alertForgotten(let fingerprint): .alert(fingerprint)
        case .silence(let silence): .silence(silence.id)
        case .silenceForgotten(let id): .silence(id)
        case .queued(let delivery): .delivery(delivery.id)
        case .ended(let id): .delivery(id)
        case .logged(let entry): .log(entry.key)
        case .logForgotten(let key): .log(key)
        }
    }
}
