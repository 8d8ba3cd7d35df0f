import Model
import Testing

@testable import Notifier

@Suite("Fingerprints")
struct FingerprintTests {
    @Test(
        "labels have the number that Alertmanager gives them",
        arguments: [
            ([("alertname", "2"), ("b", "q\"\\"), ("x", "y")], "c99fd2045ab3d394"),
            ([("a b", "c\"d"), ("alertname", "A <&> \u{2028} \"q\" \\ \n\t\u{1}"), ("job", "i"), ("z", "1"), ("é", "ü")], "c94ad7f1e4058ea0"),
            ([("a b", "c\"d"), ("alertname", "A <&> \u{2028} \"q\" \\ \n\t\u{1}"), ("job", "j"), ("é", "ü")], "49facfcd907c0434"),
            ([], "cbf29ce484222325"),
        ])
    func known(pairs: [(String, String)], expected: String) {
        let fingerprint = Fingerprint(Labels(pairs.map { (name: $0.0, value: $0.1) }))
        #expect(fingerprint.description == expected)
        #expect(Fingerprint(expected) == fingerprint)
    }

    @Test("what is no number is none", arguments: ["", "c99fd2045ab3d39", "c99fd2045ab3d3944", "+99fd2045ab3d394", "g99fd2045ab3d394"])
    func unreadable(text: String) { #expect(Fingerprint(text) == nil) }
}
