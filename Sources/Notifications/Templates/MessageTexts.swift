import Model
import Notifier
import StrictYAML
import Templates

/// Fills in the templates of one message. What cannot be filled in does not hold it up: a plain text takes its place, and the fault is noted.
struct MessageTexts {
    private let templates: MessageTemplates
    private let data: TemplateValue
    private let host: MessageHost
    /// What is told where a template fails.
    let plain: String
    /// What went wrong, each fault once.
    private(set) var problems: [String] = []

    init(_ notification: Notification, _ templates: MessageTemplates, host: MessageHost) {
        self.templates = templates
        self.host = host
        data = notification.templateData
        plain = PlainMessage.text(notification)
    }

    /// The text, or the reason why there is none; for what a message cannot be without.
    func filled(_ template: String, _ form: TemplateForm = .text) throws(TemplateError) -> String {
        guard template.contains("{{") else { return template }
        return try Template(parsing: template, name: "", with: templates.definitions).execute(data, host: host, form: form)
    }

    /// The text, empty if it cannot be made.
    mutating func text(_ template: String) -> String {
        do throws(TemplateError) {
            return try filled(template)
        } catch {
            note(error)
            return ""
        }
    }

    /// The text that tells what the matter is: a plain one with the fault in it if it cannot be made.
    mutating func mainText(_ template: String) -> String {
        do throws(TemplateError) {
            return try filled(template)
        } catch {
            note(error)
            return "\(plain)\n\nThe template of this message failed: \(error)"
        }
    }

    /// As `mainText`, in HTML.
    mutating func html(_ template: String) -> String {
        do throws(TemplateError) {
            return try filled(template, .html)
        } catch {
            note(error)
            let text = "\(plain)\n\nThe template of this message failed: \(error)"
            return "<pre style=\"white-space:pre-wrap\">\(Escaping.html(text))</pre>"
        }
    }

    private mutating func note(_ error: TemplateError) {
        if !problems.contains(error.description) { problems.append(error.description) }
    }

    // MARK: JSON

    /// A value with its texts filled in. As in Alertmanager a text that then reads as YAML of something else than a text becomes that: `3`, `true`,
    /// `[1, 2]`; what came from alerts is never executed.
    mutating func json(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let template):
            do throws(TemplateError) {
                return Self.inline(try filled(template), depth: 0)
            } catch {
                note(error)
                return .string(plain)
            }
        case .array(let elements): return .array(elements.map { json($0) })
        case .object(let members): return .object(members.map { JSONValue.Member($0.name, json($0.value)) })
        default: return value
        }
    }

    private static func inline(_ text: String, depth: Int) -> JSONValue {
        guard depth < JSONValue.depthLimit else { return .string(text) }
        let value: YAMLValue?
        do throws(YAMLError) {
            value = try YAMLValue.parse(text.utf8, file: "")
        } catch {
            return .string(text)
        }
        guard let json = value?.json() else { return .null }
        if case .string = json { return .string(text) }
        return inline(json, depth: depth + 1)
    }

    private static func inline(_ value: JSONValue, depth: Int) -> JSONValue {
        switch value {
        case .string(let text): inline(text, depth: depth)
        case .array(let elements): .array(elements.map { inline($0, depth: depth) })
        case .object(let members): .object(members.map { JSONValue.Member($0.name, inline($0.value, depth: depth)) })
        default: value
        }
    }
}

extension JSONValue {
    /// With the members of all objects in the order of their names.
    var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(members.sorted { precedes($0.name, $1.name) }.map { Member($0.name, $0.value.sorted) })
        default: self
        }
    }
}

extension Notification {
    var templateData: TemplateValue {
        MessageData(
            receiver: receiver, status: status,
            alerts: items.map { item in
                MessageData.Alert(
                    labels: item.labels, annotations: Labels(item.annotations), startsAt: item.startsAt, endsAt: item.endsAt,
                    generatorAddress: item.generatorAddress, fingerprint: item.fingerprint.description)
            },
            reason: delivery.reason.rawValue, groupLabels: delivery.groupLabels, commonLabels: commonLabels,
            commonAnnotations: Labels(commonAnnotations), externalAddress: externalAddress
        ).value
    }
}
