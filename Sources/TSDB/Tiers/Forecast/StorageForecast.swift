import Model

/// How a data folder will grow if it goes on as it has.
public struct StorageForecast: Sendable, Equatable {
    public var plan: StoragePlan
    /// Bytes by which it may still grow; nil: nobody knows.
    public var room: Int64?

    public init(plan: StoragePlan, room: Int64?) {
        self.plan = plan
        self.room = room
    }

    public enum Outlook: Sendable, Equatable {
        case unknown
        case never
        /// In so many milliseconds.
        case full(in: Int64)
    }

    /// `3.5 days`, `120 days`, of milliseconds.
    public static func days(_ time: Int64) -> String {
        let days = Double(time) / StoragePlan.day
        return "\(FloatFormat.plain(days < 10 ? (days * 10).rounded() / 10 : days.rounded())) days"
    }

    public var outlook: Outlook {
        guard let room else { return .unknown }
        return plan.time(until: plan.bytes(after: 0) + Double(room)).map { .full(in: $0) } ?? .never
    }
}

extension StoragePlan {
    /// Of what is there: each tier goes on to take as much for a day as it has. One that holds less than two hours tells nothing yet.
    public init(_ status: DatabaseStatus) {
        let parts = status.tiers.map { tier in
            let held = max(0, (tier.newest ?? 0).earlier(by: tier.oldest ?? 0))
            let daily = held >= 2 * 3_600_000 ? Double(tier.bytes) / Double(held) * Self.day : 0
            return Part(tier.tier, bytesPerDay: daily, keeps: tier.retention, held: held)
        }
        self.init(parts, fixedBytes: Double(status.sizes.wal + status.sizes.wbl + status.sizes.headChunks))
    }
}

extension Database {
    /// Room is what the disk has beyond the reserve, or what a limit in bytes leaves, whichever is less.
    public var forecast: StorageForecast {
        let status = status
        let onDisk = (try? files.space(path)).map { $0.free - options.reserve.bytes(of: $0) }
        let limit = status.byteLimit.map { $0 - status.sizes.total }
        return StorageForecast(plan: StoragePlan(status), room: [onDisk, limit].compactMap { $0 }.min().map { max(0, $0) })
    }
}
