import Foundation
import GRDB
import Model
import Notifier
import TestKit
import Testing

@testable import Catalog

/// What a store that keeps everything at once would have.
private struct Mirror {
    var state = NotifierState()
    private var alerts: [Fingerprint: Alert] = [:]
    private var silences: [String: Silence] = [:]
    private var log: [LogKey: LogEntry] = [:]
    private var deliveries: [UInt64: Delivery] = [:]

    mutating func take(_ changes: [NotifierChange]) {
        for change in changes {
            switch change {
            case .alert(let alert): alerts[alert.fingerprint] = alert
            case .alertForgotten(let fingerprint): alerts[fingerprint] = nil
            case .silence(let silence): silences[silence.id] = silence
            case .silenceForgotten(let id): silences[id] = nil
            case .queued(let delivery):
                deliveries[delivery.id] = delivery
                state.nextDelivery = max(state.nextDelivery, delivery.id + 1)
            case .ended(let delivery): deliveries[delivery] = nil
            case .logged(let entry): log[entry.key] = entry
            case .logForgotten(let key): log[key] = nil
            }
        }
    }

    /// How `found` differs; empty if it does not. After a crash the end of an alert that fires may be later than it was.
    func differences(from found: NotifierState, exactly: Bool) -> [String] {
        var out: [String] = []
        if Set(found.silences) != Set(silences.values) { out.append("silences") }
        if Set(found.log) != Set(log.values) { out.append("log") }
        if Set(found.deliveries) != Set(deliveries.values) { out.append("deliveries") }
        if found.nextDelivery != state.nextDelivery { out.append("next delivery \(found.nextDelivery), not \(state.nextDelivery)") }
        let there = Dictionary(found.alerts.map { ($0.fingerprint, $0) }) { first, _ in first }
        if there.keys != alerts.keys { out.append("which alerts") }
        for (fingerprint, alert) in alerts {
            guard var kept = there[fingerprint] else { continue }
            if !exactly, !alert.isResolved(at: alert.updatedAt) {
                if !(alert.endsAt...alert.endsAt + 120_000).contains(kept.endsAt) { out.append("end \(kept.endsAt - alert.endsAt) too late") }
                (kept.endsAt, kept.updatedAt) = (alert.endsAt, alert.updatedAt)
            }
            if kept != alert { out.append("alert \(kept) is not \(alert)") }
        }
        return out
    }
}

extension RandomValues {
    /// Changes as a notifier makes them; deliveries' IDs only grow.
    fileprivate mutating func changes(_ nextDelivery: inout UInt64, _ known: inout [Alert]) throws -> [NotifierChange] {
        try (0..<1 + random.below(4)).map { _ in
            switch random.below(9) {
            case 0, 1:
                let alert = alert(random.below(6))
                known.append(alert)
                return .alert(alert)
            case 2 where !known.isEmpty:
                // The same again, a little later.
                var alert = known[random.below(known.count)]
                let step = Int64(random.below(90_000))
                (alert.updatedAt, alert.endsAt) = (alert.updatedAt + step, alert.endsAt + step)
                known.append(alert)
                return .alert(alert)
            case 3: return .alertForgotten(alert(random.below(6)).fingerprint)
            case 4: return .silence(try silence(random.below(4)))
            case 5: return .silenceForgotten(id: "s\(random.below(4))")
            case 6:
                defer { nextDelivery += 1 + UInt64(random.below(3)) }
                return .queued(delivery(nextDelivery))
            case 7: return flip() ? .ended(delivery: UInt64(random.below(Int(nextDelivery) + 1))) : .logForgotten(key())
            default: return .logged(logEntry())
            }
        }
    }
}

@Suite("The notifier's state in the catalog")
struct StateStoreTests {
    @Test("what is committed is there again: exactly after an orderly end, and after a crash but for ends of alerts", arguments: 1...6)
    func roundTrip(seed: Int) throws {
        var values = RandomValues(UInt64(seed))
        var mirror = Mirror()
        var (next, known): (UInt64, [Alert]) = (1, [])
        var workshop = try Workshop()
        var catalog = try workshop.open()
        _ = try catalog.notificationStore.load()
        for round in 0..<60 {
            let changes = try values.changes(&next, &known)
            try catalog.notificationStore.commit(changes)
            mirror.take(changes)
            guard values.random.below(8) == 0 else { continue }
            let isOrderly = values.flip()
            if isOrderly { catalog.close() } else { workshop = try workshop.crashed() }
            catalog = try workshop.open()
            let state = try catalog.notificationStore.load()
            #expect(mirror.differences(from: state, exactly: isOrderly) == [], "seed \(seed), round \(round)")
            // What was found is what there is now.
            mirror.take(state.alerts.map(NotifierChange.alert))
        }
    }

    @Test("a new catalog holds nothing")
    func empty() throws {
        let state = try Workshop().open().notificationStore.load()
        #expect(state.alerts.isEmpty && state.silences.isEmpty && state.log.isEmpty && state.deliveries.isEmpty && state.nextDelivery == 1)
    }

    @Test("an alert that goes on is written every other time at most, and a resolved one at once")
    func coalescing() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        _ = try catalog.notificationStore.load()
        var alert = Alert(labels: Labels([(name: "alertname", value: "A")]), startsAt: 0, endsAt: 240_000, updatedAt: 0)
        var written = 0
        for minute in 0..<20 {
            let before = try onDisk(workshop)
            alert.updatedAt = Int64(minute) * 60_000
            alert.endsAt = alert.updatedAt + 240_000
            try catalog.notificationStore.commit([.alert(alert)])
            if try onDisk(workshop) != before { written += 1 }
        }
        #expect((4...10).contains(written), "\(written) of 20 reports were written")
        alert.endsAt = alert.updatedAt
        try catalog.notificationStore.commit([.alert(alert)])
        #expect(try workshop.crashed().open().notificationStore.load().alerts == [alert])
    }

    private func onDisk(_ workshop: Workshop) throws -> [Data] {
        try DatabaseQueue(path: workshop.file).read { db in try Data.fetchAll(db, sql: "SELECT text FROM alert") }
    }

    @Test("a commit that SQLite refuses keeps nothing and says why; the next one works")
    func refused() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        _ = try catalog.notificationStore.load()
        let silence = try {
            var values = RandomValues(1); return try values.silence(1)
        }()
        let other = try DatabaseQueue(path: workshop.file)
        try other.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            #expect(throws: CatalogError.self) { try catalog.notificationStore.commit([.silence(silence)]) }
            try db.execute(sql: "ROLLBACK")
        }
        try catalog.notificationStore.commit([.silence(silence)])
        #expect(try workshop.crashed().open().notificationStore.load().silences == [silence])
    }

    @Test("a closed catalog keeps nothing and says so")
    func closed() throws {
        let catalog = try Workshop().open()
        catalog.close()
        #expect(throws: CatalogError.closed) { try catalog.notificationStore.commit([.ended(delivery: 1)]) }
        catalog.recorder.record(.audit("late"))
        catalog.close()
    }
}
