import StrictYAML

/// Reads a configuration as a server does, without what is known to be refused, and without each section in which a fault shows, until the rest can
/// be read: so all faults are found, one a section.
struct TakeoverReading {
    private(set) var findings: [TakeoverReport.Finding] = []
    /// What was left in the end.
    private(set) var configuration = ServerConfiguration()

    /// Each round takes something out; a file with more faults than this needs another kind of help.
    private static let mostRounds = 100

    private var left: [String: Set<String>]
    private let walk: TakeoverWalk

    init(_ walk: TakeoverWalk, _ path: String, _ notifications: String?, _ files: FileReading, _ environment: [String: String]) {
        self.walk = walk
        left = walk.refused
        for _ in 0..<Self.mostRounds {
            let reader = ConfigurationReader(files: files, environment: environment, leavingOut: left)
            do throws(YAMLError) {
                configuration = try reader.read(path)
                if let notifications { try reader.readNotifications(notifications, &configuration) }
                tell(reader.notes)
                return
            } catch {
                tell(error)
                guard leaveOut(error.place, mainFile: path) else { return }
            }
        }
        findings.append(
            TakeoverReport.Finding(
                place: YAMLPlace(file: path, line: 1, column: 1), key: "", effect: .refused, what: "there are more faults than are told",
                instead: "what these messages expect, and then this report again"))
    }

    private mutating func tell(_ fault: YAMLError) {
        // The same fault may show again where its section now begins.
        let finding = TakeoverReport.Finding(fault: fault, key: key(at: fault.place))
        if !findings.contains(where: { $0.what == finding.what && $0.place.file == finding.place.file }) { findings.append(finding) }
    }

    private mutating func tell(_ notes: YAMLNotes) {
        for note in notes.all where !walk.told.contains(note.place) {
            findings.append(TakeoverReport.Finding(fault: note, key: key(at: note.place), effect: .differs))
        }
    }

    // MARK: Places

    /// The path to what stands at a place, to the innermost of several.
    private func key(at place: YAMLPlace) -> String {
        guard let root = walk.roots[place.file] else { return "" }
        return Self.path(to: place, in: root) ?? ""
    }

    private static func path(to place: YAMLPlace, in value: YAMLValue) -> String? {
        for (_, keyPlace, child) in (try? value.entries()) ?? [] {
            if let path = path(to: place, in: child) { return path }
            if keyPlace == place { return child.path }
        }
        for item in (try? value.list()) ?? [] {
            if let path = path(to: place, in: item) { return path }
        }
        return value.place == place ? value.path : nil
    }

    /// Takes the smallest section around a place out of its file. False if nothing is left to be taken out.
    private mutating func leaveOut(_ place: YAMLPlace, mainFile: String) -> Bool {
        let gone = left[place.file] ?? []
        if gone.contains("") { return false }
        guard let root = walk.roots[place.file] else {
            left[place.file] = [""]
            return place.file != mainFile
        }
        guard let section = Self.sections(around: place, in: root).first(where: { !gone.contains($0) }) else { return false }
        left[place.file] = gone.union([section])
        return true
    }

    /// The paths of what stands around a place, from an element of a list, or a key of a block, to the whole file.
    private static func sections(around place: YAMLPlace, in root: YAMLValue) -> [String] {
        var all = [root.path]
        var value = root
        while all.count < 7 {
            let part =
                (try? value.list())?.first { path(to: place, in: $0) != nil }
                ?? (try? value.entries())?.first { $0.keyPlace == place || path(to: place, in: $0.value) != nil }?.value
            guard let part else { break }
            all.insert(part.path, at: 0)
            // An element of a list is told of as a whole: the next fault in it may come of the first. But routes need their receivers.
            if value.isList, !value.path.hasSuffix("receivers") { break }
            value = part
        }
        return all
    }
}
