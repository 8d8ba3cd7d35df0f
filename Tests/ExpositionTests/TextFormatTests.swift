import Exposition
import Model
import Testing

@Suite("Prometheus text pages")
struct TextFormatTests {
    @Test func aPageWithEverything() throws {
        let page = try ParsedPage(
            """
            # A comment
            #HELP is only metadata with a blank before it
            # HELP http_requests_total Requests\\nby \\\\status and "path"
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000

              http_requests_total { method = "post" , code="400", }   3
            # TYPE "my.metric" gauge
            {"my.metric",a="b"} NaN
            {"label.name"="x","other metric"} -Inf
            escaped{path="C:\\\\DIR",error="a\\nb \\"q\\" \\z"} 1.7560473e+07
            metric_without_timestamp 12.47
            x 0
            """, .text)
        #expect(
            page.metadata == [
                "HELP http_requests_total Requests\nby \\status and \"path\"", "TYPE http_requests_total counter", "TYPE my.metric gauge",
            ])
        let shown = page.samples.map(\.description)
        #expect(
            shown == [
                #"http_requests_total{code="200", method="post"} 1027.0 @1395066363000"#,
                #"http_requests_total{code="400", method="post"} 3.0"#,
                #"{"my.metric", a="b"} nan(0x1)"#,
                #"{"other metric", "label.name"="x"} -inf"#,
                #"escaped{error="a\nb \"q\" \\z", path="C:\\DIR"} 17560473.0"#,
                "metric_without_timestamp 12.47",
                "x 0.0",
            ])
        #expect(page.samples[2].value.bitPattern == StaleMarker.ordinaryNaN.bitPattern)
    }

    @Test(arguments: [
        ("a", "line 1, byte 1: expected a value"),
        ("ok 1\na 1_2\n", #"line 2, byte 7: invalid number "1_2""#),
        ("a 0x1p-3", #"line 1, byte 2: invalid number "0x1p-3""#),
        ("a +NaN", #"line 1, byte 2: invalid number "+NaN""#),
        ("a 1e400", #"line 1, byte 2: number "1e400" is out of range"#),
        ("a 1 -5", "line 1, byte 4: expected the end of the line"),
        ("a 1 99999999999999999999", "line 1, byte 4: a timestamp out of range"),
        ("a 1 2 3", "line 1, byte 6: expected the end of the line"),
        ("a{b=\"c\"", "line 1, byte 7: the labels have no closing brace"),
        ("a{b=\"c} 1\n", "line 2, byte 10: a label value without its closing quote"),
        ("a{b='c'} 1", "line 1, byte 4: expected a label value in double quotes"),
        ("a{b} 1", "line 1, byte 3: expected = after a label name"),
        ("a{1=\"1\"} 1", "line 1, byte 2: expected a label name"),
        ("a{\"b\"} 1", "line 1, byte 5: a second metric name"),
        ("{b=\"c\"} 1", "line 1, byte 6: there is no metric name"),
        ("a{b=\"1\",,c=\"2\"} 1", "line 1, byte 8: expected a label name"),
        ("7&-\n", "line 1, byte 0: expected a metric name"),
        ("\0", "line 1, byte 0: expected a metric name"),
        ("# TYPE a meh", #"line 1, byte 9: invalid metric type "meh""#),
        ("# HELP \n", "line 1, byte 7: expected a metric name"),
        ("a.b 1", #"line 1, byte 1: invalid number ".b""#),
        ("a 1\r\n", #"line 1, byte 2: invalid number "1\r""#),
    ])
    func refused(page: String, error: String) {
        let thrown = #expect(throws: ExpositionError.self) { try ParsedPage(page, .text) }
        #expect(thrown?.description == error)
    }

    @Test(arguments: [
        (#"a{b="1",b="2"}"#, #"label name "b" is not unique"#),
        (#"a{""="2"}"#, "an empty label name"),
    ])
    func keysThatNoSeriesCanHave(key: String, error: String) {
        let thrown = #expect(throws: KeyReader.Invalid.self) {
            try Array(key.utf8).withUnsafeBytes { bytes in _ = try KeyReader.labels(bytes, format: .text) }
        }
        #expect(thrown?.description == error)
    }

    @Test func labelsThatAreNotUTF8AreRefused() {
        let key = Array("a{b=\"".utf8) + [0xff] + Array("\"}".utf8)
        #expect(throws: KeyReader.Invalid.self) { try key.withUnsafeBytes { bytes in _ = try KeyReader.labels(bytes, format: .text) } }
    }

    @Test func theWriterIsReadBack() throws {
        var writer = TextWriter()
        writer.family("up_total", .counter, help: "back\\slash\nand \"quote\"")
        writer.sample("up_total", [("path", "a\"b\\c\nd"), ("my.label", "é")], 1e21)
        writer.family("odd.name", .unknown, help: "")
        writer.sample("odd.name", [("a", "b")], .nan)
        writer.family("h", .histogram, help: "times")
        writer.histogram("h", buckets: [(0.5, 1), (10, 2)], count: 3, sum: 1_000_000)
        writer.family("s", .summary, help: "")
        writer.summary("s", [("a", "b")], quantiles: [(0.5, 2), (0.99, .nan)], count: 3, sum: 7)
        let text = String(decoding: writer.page, as: UTF8.self)
        #expect(
            text.contains(
                "# TYPE s summary\ns{a=\"b\",quantile=\"0.5\"} 2\ns{a=\"b\",quantile=\"0.99\"} NaN\ns_sum{a=\"b\"} 7\ns_count{a=\"b\"} 3\n"))
        #expect(text.contains("h_bucket{le=\"0.5\"} 1\nh_bucket{le=\"10\"} 2\nh_bucket{le=\"+Inf\"} 3\nh_sum 1e+06\nh_count 3\n"))
        let page = try ParsedPage(writer.page, .text)
        #expect(page.metadata.first == "HELP up_total back\\slash\nand \"quote\"")
        #expect(page.metadata.contains("TYPE odd.name unknown"))
        #expect(page.samples[0].labels["path"] == "a\"b\\c\nd")
        #expect(page.samples[0].labels["my.label"] == "é")
        #expect(page.samples[0].value == 1e21)
        #expect(page.samples[1].labels.metricName == "odd.name")
    }

    /// Suffixes are put behind the escaped name, so that a family stays one.
    @Test(arguments: [
        (NameEscaping.underscores, "# TYPE my_h histogram\nmy_h_bucket{la_bel=\"1\",le=\"+Inf\"} 1\n"),
        (.dots, "# TYPE my_dot_h histogram\nmy_dot_h_bucket{la_dot_bel=\"1\",le=\"+Inf\"} 1\n"),
        (.values, "# TYPE U__my_2e_h histogram\nU__my_2e_h_bucket{U__la_2e_bel=\"1\",le=\"+Inf\"} 1\n"),
        (.allowUTF8, "# TYPE \"my.h\" histogram\n{\"my.h_bucket\",\"la.bel\"=\"1\",le=\"+Inf\"} 1\n"),
    ])
    func namesAreEscaped(escaping: NameEscaping, start: String) {
        var writer = TextWriter(escaping: escaping)
        writer.family("my.h", .histogram)
        writer.histogram("my.h", [("la.bel", "1")], buckets: [], count: 1, sum: 1)
        #expect(String(decoding: writer.page, as: UTF8.self).hasPrefix(start))
    }

    @Test func aSeriesWithATime() throws {
        var writer = TextWriter()
        let series = Labels([(name: "__name__", value: "x"), (name: "B", value: "a\"\\\n"), (name: "c.d", value: "é")])
        writer.sample(series, adding: [Label("B", "no"), Label("e", ""), Label("f:g", "1")], 1e22, at: -5)
        writer.sample(Labels([(name: "__name__", value: "y.z")]), .nan, at: 1_700_000_000_123)
        #expect(
            String(decoding: writer.take(), as: UTF8.self)
                == "x{B=\"a\\\"\\\\\\n\",\"c.d\"=\"é\",e=\"\",\"f:g\"=\"1\"} 1e+22 -5\n{\"y.z\"} NaN 1700000000123\n")
        #expect(writer.page.isEmpty)
    }

    /// As a Prometheus 3.5 goes by it.
    @Test(
        arguments: [
            (nil, .underscores), ("", .underscores), ("*/*", .underscores), ("application/openmetrics-text", .underscores),
            (ExpositionProtocol.acceptHeader(), .allowUTF8), (ExpositionProtocol.acceptHeader(escaping: "dots"), .dots),
            ("text/plain;version=1.0.0;escaping=dots", .dots), ("text/plain;escaping=values", .values), ("text/plain;escaping=zzz", .underscores),
            ("text/plain;version=0.0.4;q=0.3,text/plain;version=1.0.0;escaping=dots;q=0.9,text/plain;version=0.0.4;escaping=values;q=0.1", .dots),
            ("*/*;escaping=dots, text/plain", .underscores), ("a/b; escaping=values ;q=x", .values), (";;==,,q=;=q", .underscores),
        ] as [(String?, NameEscaping)])
    func escapingsThatClientsAskFor(header: String?, escaping: NameEscaping) {
        #expect(NameEscaping.accepted(by: header) == escaping)
    }
}
