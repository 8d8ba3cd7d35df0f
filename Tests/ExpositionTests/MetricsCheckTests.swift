import Exposition
import Foundation
import Model
import TestKit
import Testing

struct MetricsCheckTests {
    private static func check(_ text: String, strict: Bool = false) -> MetricsCheck {
        Array(text.utf8).withUnsafeBytes { MetricsCheck($0, strict: strict) }
    }

    /// A family of one sample: its name, type, labels, and what is said of it.
    private static let families: [(name: String, type: String, labels: String, problems: [String])] = [
        ("requests_total", "counter", "", []),
        ("requests", "counter", "", [#"counter metrics should have "_total" suffix"#]),
        ("requests_total", "gauge", "", [#"non-counter metrics should not have "_total" suffix"#]),
        ("requests_total", "untyped", "", []),
        ("begun_timestamp_seconds", "gauge", "", []),
        ("begun_timestamp_seconds", "untyped", "", []),
        (
            "begun_timestamp_seconds", "counter", "",
            [#"counter metrics should have "_total" suffix"#, #"non-gauge metrics should not have "_timestamp_seconds" suffix"#]
        ),
        ("latency_milliseconds", "gauge", "", [#"use base unit "seconds" instead of "milliseconds""#]),
        ("latency_seconds", "gauge", "", []),
        ("size_kilobytes", "gauge", "", [#"use base unit "bytes" instead of "kilobytes""#]),
        ("way_kilometers", "gauge", "", [#"use base unit "meters" instead of "kilometers""#]),
        ("thermometers", "gauge", "", []),
        ("age_days", "gauge", "", [#"use base unit "seconds" instead of "days""#]),
        ("kelvins", "gauge", "", [#"use base unit "kelvin" instead of "kelvins""#]),
        ("size_bits_bytes", "gauge", "", [#"use base unit "bytes" instead of "bits""#]),
        ("wait_ms", "gauge", "", ["metric names should not contain abbreviated units"]),
        ("wait_MS_x", "gauge", "", ["metric names should not contain abbreviated units"]),
        ("ms_wait", "gauge", "", []),
        ("x_count", "gauge", "", [#"non-histogram and non-summary metrics should not have "_count" suffix"#]),
        ("x_sum", "gauge", "", [#"non-histogram and non-summary metrics should not have "_sum" suffix"#]),
        ("x_bucket", "gauge", "", [#"non-histogram metrics should not have "_bucket" suffix"#]),
        ("x_bucket", "untyped", "{le=\"1\"}", []),
        ("x", "gauge", "{le=\"1\"}", [#"non-histogram metrics should not have "le" label"#]),
        ("x", "gauge", "{quantile=\"1\"}", [#"non-summary metrics should not have "quantile" label"#]),
        ("x", "summary", "{quantile=\"1\"}", []),
        ("x", "summary", "{le=\"1\"}", [#"non-histogram metrics should not have "le" label"#]),
        ("x_bucket", "histogram", "{le=\"1\"}", []),
        ("a_gauge", "gauge", "", ["metric name should not include type 'gauge'"]),
        ("a_Counter_of_total", "counter", "", ["metric name should not include type 'counter'"]),
        ("a_counter", "gauge", "", []),
        ("a_gauge", "untyped", "", []),
        ("a_gauge_histogram_x", "gauge", "", ["metric name should not include type 'gauge'"]),
        ("gauge_a", "gauge", "", []),
        ("rule:x", "gauge", "", ["metric names should not contain ':'"]),
        ("fooBar", "gauge", "", ["metric names should be written in 'snake_case' not 'camelCase'"]),
        ("foo_BAR", "gauge", "", []),
        ("x", "gauge", "{fooBar=\"1\"}", ["label names should be written in 'snake_case' not 'camelCase'"]),
        ("x", "gauge", "{fooBar=\"\"}", ["label names should be written in 'snake_case' not 'camelCase'"]),
    ]

    @Test(arguments: families)
    func problems(name: String, type: String, labels: String, problems: [String]) {
        let check = Self.check("# HELP \(name) Text.\n# TYPE \(name) \(type)\n\(name)\(labels) 1\n")
        #expect(check.lines == problems.map { "\(name) \($0)" })
        #expect(check.verdict == (problems.isEmpty ? .fine : .flawed))
    }

    @Test func helpTextsAreWanted() {
        #expect(Self.check("x 1\n").lines == ["x no help text"])
        #expect(Self.check("# HELP x\n# HELP x \nx 1\n").lines == ["x no help text"])
        #expect(Self.check("# HELP x Text.\n# HELP x\nx 1\n").lines.isEmpty)
        // Nobody has asked about what is not there.
        #expect(Self.check("# TYPE x counter\n").verdict == .fine)
        #expect(Self.check("").verdict == .fine)
    }

    @Test func repeatedMetrics() {
        let help = "# HELP x Text.\n"
        #expect(Self.check(help + "x{a=\"1\"} 1\nx{a=\"2\"} 1\nx 1\n").lines.isEmpty)
        #expect(Self.check(help + "x{a=\"1\"} 1\nx{a=\"2\"} 1\nx{a=\"1\"} 1\nx{a=\"1\"} 1\n").lines == ["x metric not unique"])
        #expect(Self.check(help + "x{a=\"1\",b=\"2\"} 1\nx{b=\"2\",a=\"1\"} 1 5\n").lines == ["x metric not unique"])
    }

    @Test func problemsAreSortedAndToldOnce() {
        let page = "b_ms{xY=\"1\"} 1\na_kb_mb 1\nb_ms{xY=\"2\"} 1\n"
        #expect(
            Self.check(page).lines == [
                "a_kb_mb metric names should not contain abbreviated units", "a_kb_mb no help text",
                "b_ms label names should be written in 'snake_case' not 'camelCase'", "b_ms metric names should not contain abbreviated units",
                "b_ms no help text",
            ])
    }

    /// What scrapers let pass, and the description of the format does not.
    @Test(arguments: [
        ("x{ 1\n", "line 1, byte 3: expected a label name"), ("x 1", "line 1, byte 3: the last line has no line feed at its end"),
        ("x 1\n# TYPE x gauge\n", #"line 2, byte 11: a second TYPE line for "x", or one behind its samples"#),
        ("# TYPE x gauge\n# TYPE x gauge\n", #"line 2, byte 22: a second TYPE line for "x", or one behind its samples"#),
        ("# HELP x a\nx 1\n# HELP x a\n", #"line 3, byte 22: a second HELP line for "x""#),
        ("# TYPE x histogram\nx_bucket{le=\"a\"} 1\n", "line 2, byte 19: the label le of a histogram must be a number"),
        ("# TYPE x histogram\nx_count -1\n", #"line 2, byte 19: a negative count in the histogram "x""#),
        ("# TYPE x histogram\nx_sum -1\nx_bucket{le=\"1\"} -1\n", #"line 3, byte 28: a negative count in the histogram "x""#),
        ("# TYPE x summary\nx{quantile=\"\"} 1\n", "line 2, byte 17: the label quantile of a summary must be a number"),
        ("x{a=\"\\t\"} 1\n", "line 1, byte 0: a backslash that escapes nothing"),
        ("# HELP x \\t\n", "line 1, byte 9: a backslash that escapes nothing"),
        ("x{a=\"1\",a=\"1\"} 1\n", #"line 1, byte 0: label name "a" is not unique"#),
        ("x{__name__=\"y\"} 1\n", #"line 1, byte 0: the label name "__name__" is reserved"#),
        ("# TYPE x info\nx 1\n", #"line 1, byte 9: invalid metric type "info""#),
        (
            "# TYPE x counter\nx_total 1 1.5\n# EOF\n",
            "line 2, byte 28: expected the end of the line; it ends as OpenMetrics, which --strict reads"
        ),
    ])
    func unreadablePages(page: String, told: String) {
        let check = Self.check(page)
        #expect(check.verdict == .unreadable)
        #expect(check.lines == [told])
        #expect(check.table.isEmpty)
    }

    @Test func linesOfHistogramsAndSummariesAreOneMetric() {
        let page = """
            # HELP h Text.
            # TYPE h histogram
            h_bucket{a="1",le="1"} 1
            h_bucket{a="1",le="+Inf"} 1
            h_sum{a="1"} 1
            h_count{a="1"} 1
            h_bucket{a="2",le="1"} 1
            h_bucket{a="2",le="+Inf"} 1
            h_sum{a="2"} 1
            h_count{a="2"} 1
            # HELP s Text.
            # TYPE s summary
            s{quantile="0.5"} 1
            s_sum 1
            s_count 1
            # HELP x_total Text.
            # TYPE x_total counter
            x_total{a="1"} 1
            x_total{a="2"} 1

            """
        let check = Self.check(page)
        #expect(check.lines.isEmpty)
        #expect(
            check.table == [
                "Metric     Cardinality    Percentage    ", "h          8              61.54%        ", "s          3              23.08%        ",
                "x_total    2              15.38%        ", "Total      13             100%          ",
            ])
    }

    @Test func strictPagesAreOpenMetrics() {
        let page = """
            # HELP a Text.
            # TYPE a counter
            a_total{x="1"} 1
            a_created{x="1"} 1
            # TYPE build info
            build_info{v="1"} 1
            # HELP d_ms Text.
            # TYPE d_ms gaugehistogram
            d_ms_bucket{le="+Inf"} 1
            # HELP s Text.
            # TYPE s stateset
            s{s="on"} 1
            # EOF

            """
        let check = Self.check(page, strict: true)
        #expect(check.lines == ["build_info no help text", "d_ms metric names should not contain abbreviated units"])
        #expect(check.verdict == .flawed)
        #expect(check.table.map { String($0.prefix { $0 != " " }) } == ["Metric", "d_ms", "a_total", "build_info", "s", "Total"])
        let bad = Self.check("# TYPE a counter\na 1\n# TYPE a gauge\n# EOF\n", strict: true)
        #expect(bad.verdict == .unreadable)
        #expect(bad.lines.count == 1)
    }

    /// The public vectors: what is OpenMetrics passes, whatever its names are like, and what is not does not.
    @Test func conformanceVectors() throws {
        guard let root = ProcessInfo.processInfo.environment["MARTLET_CONFORMANCE"] else {
            return print("SKIPPED: MARTLET_CONFORMANCE is not set, the OpenMetrics vectors were not checked")
        }
        let folder = URL(filePath: root).appending(path: "openmetrics")
        for test in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let page = try Data(contentsOf: test.appending(path: "metrics"))
            let isGood = String(decoding: try Data(contentsOf: test.appending(path: "test.json")), as: UTF8.self).contains("\"shouldParse\": true")
            let check = page.withUnsafeBytes { MetricsCheck($0, strict: true) }
            #expect((check.verdict != .unreadable) == isGood, "\(test.lastPathComponent): \(check.lines)")
        }
    }
}
