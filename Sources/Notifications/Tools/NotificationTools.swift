public import Model
import Notifier
public import StrictYAML
import Runtime
import WebClient

/// What the commands about notifications do, with the files and the environment they are given.
public struct NotificationTools: Sendable {
    private let files: FileReading
    private let environment: [String: String]
    private let zones: ZoneDatabase

    /// What cannot be done as it was asked for.
    public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    public init(files: FileReading, environment: [String: String]) {
        self.files = files
        self.environment = environment
        let local = (try? files.read("/etc/localtime")).flatMap { try? ZoneFile.read($0, name: "Local") }
        zones = ZoneDatabase(local: local ?? .utc) { try? files.read("/usr/share/zoneinfo/" + $0) }
    }

    /// `a=b,c="d"`.
    public static func labels(_ text: String) throws(Fault) -> Labels {
        do throws(MatcherError) {
            let matchers = try MatcherSyntax.matchers(text)
            if let other = matchers.first(where: { $0.kind != .equal }) { throw MatcherError("\(other) is no label; expected name=value") }
            return Labels(matchers.map { Label($0.name, $0.value) })
        } catch {
            throw Fault(description: "labels: \(error)")
        }
    }

    /// - Parameters:
    ///   - labels: nil: those of the standard sample.
    ///   - annotations: `name=text`; none: those of the standard sample.
    public static func sample(labels: String?, annotations: [String], now: Timestamp) throws(Fault) -> SampleDelivery {
        var sample = SampleDelivery(now: now)
        if let labels { sample.labels = try Self.labels(labels) }
        if annotations.isEmpty { return sample }
        sample.annotations = []
        for text in annotations {
            guard let sign = text.firstIndex(of: "=") else { throw Fault(description: "annotation \(quoted(text)): expected name=text") }
            sample.annotations.append(Label(String(text[..<sign]), String(text[text.index(after: sign)...])))
        }
        sample.annotations.sort { precedes($0.name, $1.name) }
        return sample
    }

    public func check(_ path: String, labels: Labels?, now: Timestamp) -> NotificationCheck {
        NotificationCheck(path, labels: labels, files: files, zones: zones, now: now)
    }

    /// Sends a sample to each integration of a receiver; false if one was not accepted. Throws if the file cannot be used or has no such receiver.
    public func trial(
        of receiver: String, in path: String, sample: SampleDelivery, externalAddress: String, resolves: Bool,
        print: @escaping @Sendable (String) -> Void
    ) async throws -> Bool {
        let file = try NotifierFile(path, files: files, zones: zones)
        guard let integrations = NotifierPlan(file.configuration).receivers[receiver] else {
            let names = file.configuration.receivers.map(\.name).joined(separator: ", ")
            throw Fault(description: "there is no receiver \(quoted(receiver)); there are: \(names)")
        }
        if integrations.isEmpty { print("\(receiver) has no integrations: nobody is told") }
        let web = WebClients(userAgent: "Martlet", environment: environment, readFile: files.read)
        let sender = IntegrationSender(
            templates: try MessageTemplates(patterns: file.configuration.templateFiles, files: files, zone: file.zone.name), web: web,
            clock: SystemClock(),
            zone: file.zone, zones: zones, client: "martlet", readFile: files.read
        ) { print("note: \($0)") }
        let trial = NotificationTrial(sender: sender, sample: sample, externalAddress: externalAddress)
        let areAllAccepted = await trial.run(integrations, resolves: resolves, print: print)
        await web.shutdown()
        return areAllAccepted
    }
}
