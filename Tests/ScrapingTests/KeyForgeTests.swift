import Exposition
import Model
import TestKit
import Testing

@testable import Scraping

@Suite("Labels of new series")
struct KeyForgeTests {
    private func maker(_ target: [(name: String, value: String)], honorLabels: Bool = false) -> SeriesMaker {
        SeriesMaker(
            targetLabels: Labels(target), honorLabels: honorLabels, rules: [], limits: ScrapeLimits(), nameValidation: .utf8)
    }

    /// The short way gives what the long one does, or leaves the key to it.
    private func compare(_ key: [UInt8], _ format: ExpositionFormat, _ type: MetricType?, _ target: [(name: String, value: String)]) -> Bool {
        key.withUnsafeBytes { key in
            let text = String(decoding: key, as: UTF8.self)
            let maker = maker(target)
            let wanted = Result { try maker.makeStepwise(key, format, bound: BoundText.label(of: type)) }
            let made = Result { try maker.make(key, format, type: type) }
            switch (made, wanted) {
            case (.success(let made), .success(let wanted)): #expect(made?.encoding == wanted?.encoding, "\(text)")
            case (.failure, .failure): break
            default: Issue.record("only one way makes labels of \(text)")
            }
            return KeyForge(adding: Labels(target)).labels(key, format: format, bound: BoundText.label(of: type)) != nil
        }
    }

    private static let target = [(name: "instance", value: "h:1"), (name: "job", value: "j")]

    @Test(arguments: [
        ("a", true), ("a{}", true), ("a{x=\"1\"}", true), ("a{z=\"1\",b=\"2\",kk=\"3\"}", true), ("a{x=\"\"}", true), ("{\"a.b\",x=\"ü\"}", true),
        ("{x=\"1\",\"a\"}", true), ("a{\"x y\"=\"1\",}", true), ("a{job=\"\"}", true), ("a{jo=\"1\",jobs=\"2\",A=\"3\",zz=\"4\"}", true),
        ("a{job=\"x\"}", false), ("a{x=\"1\",x=\"2\"}", false), ("a{x=\"\",x=\"2\"}", false), ("a{x=\"\\n\"}", false), ("{\"\"}", false),
        ("a{\"\"=\"1\"}", false), ("{x=\"1\"}", false), ("a{__name__=\"b\"}", false), ("a{x=\"1\"", false),
    ])
    func shortAndLongWay(key: String, isShort: Bool) {
        #expect(compare(Array(key.utf8), .text, nil, Self.target) == isShort)
        #expect(compare(Array(key.utf8), .text, nil, []) == (isShort || key.hasPrefix("a{job")))
    }

    @Test func manyAndLongLabels() {
        for count in [23, 24, 200] {
            let labels = (1..<count).map { "l\($0)=\"\(String(repeating: "v", count: $0 * 30))\"" }
            #expect(compare(Array("a{\(labels.joined(separator: ","))}".utf8), .text, nil, Self.target) == (count <= 24))
        }
    }

    @Test(arguments: [
        ("1", "1.0"), ("1.0", "1.0"), ("0.5", "0.5"), ("+Inf", "+Inf"), ("Inf", "+Inf"), ("1e3", "1000.0"), ("1e-07", "1e-07"), ("x", "x"),
        ("NaN", "NaN"),
    ])
    func bounds(written: String, stored: String) throws {
        for (type, label) in [(.histogram, "le"), (.summary, "quantile")] as [(MetricType, String)] {
            for key in ["a{\(label)=\"\(written)\",x=\"1\"}", "a{\(label)=\"\(written)\",x=\"\\\\\"}"] {
                let labels = try Array(key.utf8).withUnsafeBytes { try maker(Self.target).make($0, .text, type: type) }
                #expect(labels?[label] == stored)
                _ = compare(Array(key.utf8), .text, type, Self.target)
            }
            let other = try Array("a{\(label)=\"1\"}".utf8).withUnsafeBytes { try maker(Self.target).make($0, .text, type: .gauge) }
            #expect(other?[label] == "1")
        }
    }

    @Test func brokenKeys() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SystemSeeded(seed)
        let keys = ["http_requests_total{code=\"200\",le=\"1\",path=\"/a\",zone=\"\"}", "{\"utf8.name\",a=\"ü\",job=\"x\"}", "plain"]
        var short = 0
        let rounds = mutationRounds(usual: 3000)
        for round in 0..<rounds {
            let key = Mutation.apply(to: Array(keys[round % keys.count].utf8), using: &random)
            if compare(key, round % 2 == 0 ? .text : .openMetrics, round % 5 == 0 ? .histogram : nil, Self.target) { short += 1 }
        }
        #expect(short > 0 && short < rounds)
    }
}
