import ClientConfiguration
import Model
import StrictYAML

/// A name that routes refer to, and whom it stands for.
public struct ReceiverConfiguration: Sendable {
    public let name: String
    public var integrations: [IntegrationConfiguration]

    public init(name: String, integrations: [IntegrationConfiguration] = []) {
        self.name = name
        self.integrations = integrations
    }
}

/// One way of telling someone.
public struct IntegrationConfiguration: Sendable {
    public enum Settings: Sendable {
        case webhook(WebhookSettings)
        case email(EmailSettings)
        case pagerDuty(PagerDutySettings)
        case slack(SlackSettings)
        case telegram(TelegramSettings)
        case sentry(SentrySettings)
    }

    public let kind: IntegrationKind
    /// Counts from 0 among those of its kind in the receiver.
    public let index: Int
    public var sendsResolved: Bool
    public var settings: Settings

    public init(kind: IntegrationKind, index: Int, sendsResolved: Bool, settings: Settings) {
        self.kind = kind
        self.index = index
        self.sendsResolved = sendsResolved
        self.settings = settings
    }
}

public enum IntegrationKind: String, Sendable, Hashable, CaseIterable {
    case webhook, email
    case pagerDuty = "pagerduty"
    case slack, telegram, sentry

    var section: String { rawValue + "_configs" }

    /// Whether an integration that does not say so sends what is resolved.
    var sendsResolvedByDefault: Bool { self != .email && self != .slack }
}

extension ReceiverConfiguration {
    init(_ value: YAMLValue, _ globals: GlobalSettings) throws(YAMLError) {
        let map = try value.mapping(keys: ["name"] + IntegrationConfiguration.sections)
        guard let name = try map.givenText("name") else { throw value.error("the receiver has no name") }
        self.init(name: name, integrations: try IntegrationConfiguration.all(map, globals))
    }
}

extension IntegrationConfiguration {
    /// The keys of lists of integrations, those included that are refused by name.
    static let sections = IntegrationKind.allCases.map(\.section) + ForeignReceivers.sections.map(\.key)

    /// All that a mapping lists.
    static func all(_ map: YAMLMapping, _ globals: GlobalSettings) throws(YAMLError) -> [IntegrationConfiguration] {
        var integrations: [IntegrationConfiguration] = []
        for (key, advice) in ForeignReceivers.sections where try !map.list(key).isEmpty {
            throw map.error(at: key, "\(key): there is no such receiver here; \(advice)")
        }
        for kind in IntegrationKind.allCases {
            for (index, item) in try map.list(kind.section).enumerated() {
                if item.isNull { throw item.error("expected a mapping, found nothing") }
                integrations.append(try IntegrationConfiguration(item, kind, index, globals))
            }
        }
        return integrations
    }

    private init(_ value: YAMLValue, _ kind: IntegrationKind, _ index: Int, _ globals: GlobalSettings) throws(YAMLError) {
        let map: YAMLMapping
        let settings: Settings
        switch kind {
        case .webhook:
            map = try Self.map(value, WebhookSettings.keys)
            settings = .webhook(try WebhookSettings(map, globals))
        case .email:
            map = try Self.map(value, EmailSettings.keys)
            settings = .email(try EmailSettings(map, globals))
        case .pagerDuty:
            map = try Self.map(value, PagerDutySettings.keys)
            settings = .pagerDuty(try PagerDutySettings(map, globals))
        case .slack:
            map = try Self.map(value, SlackSettings.keys)
            settings = .slack(try SlackSettings(map, globals))
        case .telegram:
            map = try Self.map(value, TelegramSettings.keys)
            settings = .telegram(try TelegramSettings(map, globals))
        case .sentry:
            map = try Self.map(value, SentrySettings.keys)
            settings = .sentry(try SentrySettings(map, globals))
        }
        self.init(kind: kind, index: index, sendsResolved: try map.bool("send_resolved") ?? kind.sendsResolvedByDefault, settings: settings)
    }

    private static func map(_ value: YAMLValue, _ keys: [String]) throws(YAMLError) -> YAMLMapping {
        try value.mapping(keys: ["send_resolved"] + keys)
    }
}
