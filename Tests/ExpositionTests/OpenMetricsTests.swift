import Exposition
import Model
import Testing

@Suite("OpenMetrics pages")
struct OpenMetricsTests {
    @Test func aPageWithEverything() throws {
        let text = """
            # HELP a_seconds A \\"quoted\\" help
            # TYPE a_seconds counter
            # UNIT a_seconds seconds
            a_seconds_total{x="1"} 1.5 123.456 # {trace="abc"} 0.5 1.25
            a_seconds_created{x="1"} 1.520430000123e+09
            {"utf.8",b="\\n"} -0
            # EOF

            """
        let page = try ParsedPage(text, .openMetrics)
        #expect(page.metadata == ["HELP a_seconds A \"quoted\" help", "TYPE a_seconds counter", "UNIT a_seconds seconds"])
        #expect(page.samples[0].timestamp == 123456)
        #expect(page.samples[1].value == 1520430000.123)
        #expect(page.samples[2].value.bitPattern == (-0.0).bitPattern)
        #expect(page.samples[2].labels["b"] == "\n")
    }

    @Test(arguments: [
        ("a 1\n", "data does not end with # EOF"),
        ("a 1", "data does not end with # EOF"),
        ("", "data does not end with # EOF"),
        ("a 1\n# EOF\nb 1\n", "unexpected data after # EOF"),
        ("a 1\n\n# EOF\n", "expected a metric name"),
        ("a  1\n# EOF\n", "expected a value"),
        ("a 1 NaN\n# EOF\n", "invalid timestamp \"NaN\""),
        ("a 1 # {} 1 \n# EOF\n", "expected the exemplar's timestamp"),
        ("a 1 # {x} 1\n# EOF\n", "expected = after a label name"),
        ("# UNIT a seconds\n# EOF\n", "unit \"seconds\" not a suffix of metric \"a\""),
        ("# any comment\n# EOF\n", "expected HELP, TYPE, UNIT or EOF after #"),
    ])
    func refused(page: String, cause: String) {
        let error = #expect(throws: ExpositionError.self) { try ParsedPage(page, .openMetrics) }
        #expect(error?.cause == cause)
    }

    @Test(arguments: [
        "# TYPE a counter\na 1\n# EOF\n",
        "# TYPE a counter\na_total 1\n# TYPE b gauge\nb 1\na_total 2\n# EOF\n",
        "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n# EOF\n",
        "a 1\na 1\n# EOF\n",
        "a{b=\"1\",} 1\n# EOF\n",
    ])
    func refusedByTheStrictModeOnly(page: String) throws {
        _ = try ParsedPage(page, .openMetrics)
        #expect(throws: ExpositionError.self) { try Array(page.utf8).withUnsafeBytes { try StrictOpenMetrics.check($0) } }
    }
}

@Suite("Content negotiation")
struct NegotiationTests {
    @Test func theAcceptHeaderIsPrometheuss() {
        #expect(
            ExpositionProtocol.acceptHeader()
                == "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
                + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2")
        #expect(
            ExpositionProtocol.acceptHeader([.protobuf] + ExpositionProtocol.defaults)
                == "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1")
        #expect(ExpositionProtocol.acceptHeader([.text004]) == "text/plain;version=0.0.4;q=0.6,*/*;q=0.5")
    }

    @Test func theContentTypeChoosesTheParser() throws {
        #expect(try ContentType.format("text/plain; version=0.0.4; charset=utf-8", fallback: nil) == .text)
        #expect(try ContentType.format("Application/OpenMetrics-Text; version=1.0.0", fallback: nil) == .openMetrics)
        #expect(try ContentType.format("application/vnd.google.protobuf; encoding=delimited", fallback: nil) == .protobuf)
        #expect(try ContentType.format("text/html", fallback: .text004) == .text)
        #expect(try ContentType.format("text/html", fallback: .protobuf) == .protobuf)
        #expect(try ContentType.format(nil, fallback: .openMetrics100) == .openMetrics)
        #expect(throws: ContentType.Unsupported.self) { try ContentType.format("", fallback: nil) }
        #expect(throws: ContentType.Unsupported.self) { try ContentType.format("application/json", fallback: nil) }
    }
}
