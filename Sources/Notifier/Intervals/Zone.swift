public import Model

/// How far clocks at some place are ahead of UTC, and when that changes.
public struct Zone: Sendable {
    /// What holds for a while.
    struct Offset: Sendable, Hashable {
        /// Seconds east of UTC.
        var seconds: Int
        /// `CET`.
        var abbreviation: String
    }

    struct Change: Sendable, Hashable {
        /// Seconds since 1970.
        var time: Int64
        /// Index of the offset from then on.
        var offset: Int
    }

    public let name: String
    let offsets: [Offset]
    /// By time.
    let changes: [Change]
    /// What holds behind the last change; nil: what it brought.
    let rule: ZoneRule?

    public static let utc = Zone(name: "UTC", offsets: [Offset(seconds: 0, abbreviation: "UTC")], changes: [], rule: nil)

    func offset(at seconds: Int64) -> Offset {
        guard let last = changes.last else { return rule?.offset(at: seconds) ?? first }
        if seconds >= last.time, let rule { return rule.offset(at: seconds) }
        let count = firstIndex(after: seconds)
        return count == 0 ? first : offsets[changes[count - 1].offset]
    }

    private var first: Offset { offsets.first ?? Offset(seconds: 0, abbreviation: "UTC") }

    /// How many changes are not later than a time.
    private func firstIndex(after seconds: Int64) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].time <= seconds { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Clocks

    /// What a clock shows at a time.
    public struct LocalTime: Sendable {
        public let date: CivilDate
        /// Milliseconds since midnight.
        public let milliseconds: Int
        /// Seconds east of UTC.
        public let offset: Int
        public let abbreviation: String

        /// Minutes since midnight.
        public var minute: Int { milliseconds / 60_000 }
        /// From 0, Sunday.
        public var weekday: Int { (date.daysSince1970 + 4).quotientAndRemainder(floorDividingBy: 7).remainder }
    }

    public func local(_ time: Timestamp) -> LocalTime {
        let seconds = time.quotientAndRemainder(floorDividingBy: 1000).quotient
        let offset = offset(at: seconds)
        let (day, rest) = time.later(by: Int64(offset.seconds) * 1000).quotientAndRemainder(floorDividingBy: 86_400_000)
        return LocalTime(
            date: CivilDate(daysSince1970: Int(day)), milliseconds: Int(rest), offset: offset.seconds, abbreviation: offset.abbreviation)
    }

    /// When clocks show a minute of a day: of two such times the first, and where they skip it, as if they had not been changed yet.
    func timestamp(day: Int, minute: Int) -> Timestamp {
        let naive = Int64(day) * 86_400 + Int64(minute) * 60
        // A day ahead and behind no other change is near.
        let candidates = [offset(at: naive - 86_400), offset(at: naive + 86_400)].map { naive - Int64($0.seconds) }.sorted()
        let exact = candidates.first { $0 + Int64(offset(at: $0).seconds) == naive }
        return (exact ?? naive - Int64(offset(at: naive - 86_400).seconds)) * 1000
    }
}

/// Why a zone cannot be had.
public struct ZoneError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// The zones of the system, read from its files when they are asked for.
public struct ZoneDatabase: Sendable {
    /// The content of a file below the folder of zones, nil if there is none.
    public typealias Reader = @Sendable (_ name: String) -> [UInt8]?

    private let read: Reader
    /// The zone called `Local`.
    private let local: Zone

    public init(local: Zone = .utc, read: @escaping Reader) {
        self.local = local
        self.read = read
    }

    /// No zones but UTC.
    public static let none = ZoneDatabase { _ in nil }

    /// The zone of a name such as `Europe/Berlin`. Case counts.
    public func zone(_ name: String) throws(ZoneError) -> Zone {
        if name.isEmpty || name == "UTC" { return .utc }
        if name == "Local" { return local }
        let isPath = name.hasPrefix("/") || name.contains("\\") || name.split(separator: "/").contains("..")
        guard !isPath, !name.utf8.contains(0) else { throw ZoneError("\(quoted(name)) is not a time zone's name") }
        guard let bytes = read(name) else {
            throw ZoneError("there is no time zone \(quoted(name)) here; names are like Europe/Berlin, and the package tzdata must be installed")
        }
        do throws(ZoneFileError) {
            return try ZoneFile.read(bytes, name: name)
        } catch {
            throw ZoneError("the file of the time zone \(quoted(name)) is damaged: \(error)")
        }
    }
}
