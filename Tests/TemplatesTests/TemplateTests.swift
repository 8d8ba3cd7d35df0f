import Model
import Templates
import Testing

@Suite("Templates of any kind")
struct TemplateTests {
    private struct Host { let greeting: String }

    private static let functions = TemplateFunctions<Host>([
        "greet": TemplateFunction([.string]) { host, values throws(TemplateFailure) in
            .string("\(host.greeting), \(values[0].asText ?? "")")
        },
        "refuse": TemplateFunction([]) { _, _ throws(TemplateFailure) in throw TemplateFailure("not today") },
        "len": TemplateFunction([.any]) { _, _ throws(TemplateFailure) in .int(-1) },
    ])

    private func execute(_ text: String, _ data: TemplateValue) throws -> String {
        try Template(parsing: text, name: "mail", functions: Self.functions).execute(data, host: Host(greeting: "Hello"))
    }

    @Test("functions of their own get the host, and may take the place of built-in ones")
    func functions() throws {
        #expect(try execute(#"{{greet "you"}} {{. | greet}} {{len "abc"}}"#, .string("all")) == "Hello, you Hello, all -1")
    }

    @Test("faults of functions tell the place")
    func faults() throws {
        let error = TemplateError(.executing, #"template: mail:2:2: executing "mail" at <refuse>: error calling refuse: not today"#)
        #expect(throws: error) { try execute("a\n{{refuse}}", .missing) }
        let unread = TemplateError(.parsing, #"template: mail:1: function "shout" not defined"#)
        #expect(throws: unread) { try execute("{{shout}}", .missing) }
    }

    @Test("data may be of any shape")
    func data() throws {
        let alerts = TemplateList(
            ["b", "a"].map { .record(TemplateRecord([.init("Name", .string($0)), .init("Fires", .bool($0 == "a"))], typeName: "mail.Alert")) },
            typeName: "[]mail.Alert")
        let data = TemplateValue.record(TemplateRecord([.init("Alerts", .list(alerts)), .init("Count", .int(2))], typeName: "*mail.Data"))
        #expect(try execute("{{range .Alerts}}{{.Name}}{{if .Fires}}!{{end}} {{end}}{{.Count}}", data) == "b a! 2")
        #expect(
            try execute("{{.Alerts}} {{.}} {{printf \"%+v\" (index .Alerts 0)}}", data)
                == "[{b false} {a true}] {[{b false} {a true}] 2} {Name:b Fires:false}")
    }

    @Test("definitions can be executed by name")
    func definitions() throws {
        let template = try Template(parsing: #"{{define "subject"}}{{greet .}}{{end}}rest"#, name: "mail", functions: Self.functions)
        #expect(template.definitions == ["mail", "subject"])
        #expect(try template.execute(definition: "subject", .string("you"), host: Host(greeting: "Bye")) == "Bye, you")
        #expect(throws: TemplateError(.executing, #"template: no template "body" associated with template "mail""#)) {
            try template.execute(definition: "body", .missing, host: Host(greeting: ""))
        }
    }

    @Test("one template serves many threads")
    func sharing() async throws {
        let template = AlertTemplate("{{ $labels.instance | reReplaceAll \":.*\" \"\" }}", alert: "A")
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask { template.text(for: SampleAlert.alert, externalLabels: .empty, host: SampleAlert.host) }
            }
            for await text in group { #expect(text == "host-1.example.com") }
        }
    }

    @Test("a text without braces is no template")
    func plain() {
        #expect(expanded("100% of } and %d") == "100% of } and %d")
        #expect(AlertTemplate("{", alert: "A").parseError == nil)
        #expect(AlertTemplate("{{", alert: "A").parseError?.description == "template: __alert_A:1: unclosed action")
    }
}
