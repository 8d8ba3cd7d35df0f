import Model
import Templates
import Testing

@Suite("The server's own address in templates")
struct ServerPlaceTests {
    @Test(
        "is known whole and as a path",
        arguments: [
            ("http://prom.example.com:9090/path", "/path"), ("http://prom.example.com", ""), ("https://x/", "/"), ("http://x/a%20b/c", "/a b/c"),
            ("http://x/a?b=c#d", "/a"), ("/only/path", "/only/path"), ("http://x?y", ""),
        ])
    func address(_ url: String, _ path: String) throws {
        let host = RuleTemplateHost(externalURL: url, now: 0) { _ in [] }
        let template = AlertTemplate("{{externalURL}} {{pathPrefix}} {{$externalURL}}", alert: "A")
        #expect(try template.expand(SampleAlert.alert, externalLabels: .empty, host: host) == "\(url) \(path) \(url)")
    }

    @Test("takes no arguments")
    func arguments() {
        expectExpansion(of: "{{externalURL 1}}", .fault("1:114", "<externalURL>: wrong number of args for externalURL: want 0 got 1"))
    }

    @Test("errors of a query are its own words")
    func faults() {
        struct Refused: Error, CustomStringConvertible { let description = "the engine is closed" }
        let host = RuleTemplateHost(externalURL: "", now: 0) { _ in throw Refused() }
        let text = AlertTemplate(#"{{query "up"}}"#, alert: "A").text(for: SampleAlert.alert, externalLabels: .empty, host: host)
        #expect(text.hasSuffix(#"at <query "up">: error calling query: the engine is closed>"#))
    }
}
