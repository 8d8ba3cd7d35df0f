import Model
import PromQL
import Testing

@testable import HTTPAPI

/// Whole answers, byte for byte.
struct EndpointTests {
    private static let data: [(String, String)] = [
        ("query?query=1%2B1&time=4", #"{"resultType":"scalar","result":[4,"2"]}"#),
        ("query?query=1e22&time=4.5", #"{"resultType":"scalar","result":[4.5,"10000000000000000000000"]}"#),
        ("query?query=vector(1e-7)&time=-1.5", #"{"resultType":"vector","result":[{"metric":{},"value":[-1.500,"1e-07"]}]}"#),
        ("query?query=vector(1e22)&time=4.05", #"{"resultType":"vector","result":[{"metric":{},"value":[4.050,"1e+22"]}]}"#),
        ("query?query=vector(1)&time=2015-07-01T20:10:51.781Z", #"{"resultType":"vector","result":[{"metric":{},"value":[1435781451.781,"1"]}]}"#),
        ("query?query=%22%3C%5Cb%22&time=1", #"{"resultType":"string","result":[1,"\u003c\b"]}"#),
        ("query?query=nosuch", #"{"resultType":"vector","result":[]}"#),
        (
            "query?query=up",
            #"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"api"},"value":[1000000.500,"1"]},{"metric":{"__name__":"up","job":"web"},"value":[1000000.500,"0"]}]}"#
        ),
        (
            "query_range?query=1&start=1.5&end=2&step=0.5",
            #"{"resultType":"matrix","result":[{"metric":{},"values":[[1.500,"1"],[2,"1"]]}]}"#
        ),
        ("labels", #"["__name__","a.b","job"]"#),
        ("labels?match[]=up", #"["__name__","job"]"#),
        ("labels?match[]=up&match[]=odd", #"["__name__","a.b","job"]"#),
        ("label/job/values", #"["api","web"]"#),
        ("label/U__a_2e_b/values", #"["\u003c\"\u0001\u2028é"]"#),
        ("series?match[]=odd", "[{\"__name__\":\"odd\",\"a.b\":\"<\\\"\\u0001\u{2028}é\"}]"),
        ("series?match[]={__name__!=%22%22}&match[]=odd&start=0&end=10", "[]"),
        ("metadata?metric=up", #"{"up":[{"type":"gauge","unit":"","help":"a \u003c b"}]}"#),
        ("metadata?limit=1", #"{"size_bytes":[{"type":"counter","unit":"bytes","help":"Size."}]}"#),
        ("targets/metadata?metric=up", #"[{"target":{"job":"api"},"type":"gauge","help":"a \u003c b","unit":""}]"#),
        ("scrape_pools", #"{"scrapePools":["api","web"]}"#),
        ("scrape_pools/config?scrapePool=api", #"{"yaml":"job_name: api\n"}"#),
        (
            "targets/relabel_steps?scrapePool=api&labels={%22b%22:%22%3C1%3E%22,%22a%22:%222%22,%22gone%22:%22%22}",
            #"{"steps":[{"rule":{"regex":"<(.*)>","action":"keep"},"output":{"a":"2","b":"<1>"},"keep":true},{"rule":{"regex":"<(.*)>","action":"keep"},"output":{},"keep":false}]}"#
        ),
        (
            "targets?state=active",
            #"{"activeTargets":[{"discoveredLabels":{"__address__":"a:1"},"labels":{"instance":"a:1","job":"<api>"},"scrapePool":"api","scrapeUrl":"http://a:1/metrics","globalUrl":"http://a:1/metrics","lastError":"connection refused","lastScrape":"1970-01-12T13:46:40Z","lastScrapeDuration":0.0125,"health":"down","scrapeInterval":"15s","scrapeTimeout":"10s","lastScrapeBytes":74450,"lastScrapeCompressedBytes":10756,"lastScrapeSamples":1000,"lastScrapeSeriesAdded":3,"seriesRefused":7,"seriesRefusedMetrics":[{"metric":"a_\u003ctotal\u003e","series":5},{"metric":"b","series":2}]}],"droppedTargets":[],"droppedTargetCounts":null}"#
        ),
        (
            "targets?state=dropped",
            #"{"activeTargets":[],"droppedTargets":[{"discoveredLabels":{"__address__":"b:1"},"scrapePool":"api"}],"droppedTargetCounts":{"api":1}}"#
        ),
        ("rules", #"{"groups":[]}"#), ("alerts", #"{"alerts":[]}"#),
        ("alertmanagers", #"{"activeAlertmanagers":[],"droppedAlertmanagers":[]}"#),
        ("query_exemplars?query=test&start=1600000000000&end=1600000001000", "[]"),
        ("format_query?query=sum(foo)by(bar)", #""sum by (bar) (foo)""#),
        ("parse_query?query=-(1)", #"{"expr":{"expr":{"type":"numberLiteral","val":"1"},"type":"parenExpr"},"op":"-","type":"unaryExpr"}"#),
        ("status/config", #"{"yaml":"global: {}\n"}"#),
        ("status/flags", #"{"config.file":"m.yml","web.x":"1"}"#),
        ("status/buildinfo", #"{"version":"3.5.0","revision":"","branch":"","buildUser":"","buildDate":"","goVersion":""}"#),
    ]

    private static let sizes = #"{"count":"4","sum":"5.5","buckets":[[3,"-0.001","0.001","1"],[0,"0.5","1","1"],[0,"1","2","2"]]}"#

    private static let histograms: [(String, String)] = [
        (
            "query?query=sizes&time=1000000",
            #"{"resultType":"vector","result":[{"metric":{"__name__":"sizes"},"histogram":[1000000,\#(sizes)]}]}"#
        ),
        (
            "query?query=sizes[10s]&time=1000000",
            #"{"resultType":"matrix","result":[{"metric":{"__name__":"sizes"},"values":[[999995,"7"]],"histograms":[[1000000,\#(sizes)]]}]}"#
        ),
        ("query?query=histogram_sum(sizes)*0&time=1000000", #"{"resultType":"vector","result":[{"metric":{},"value":[1000000,"0"]}]}"#),
    ]

    @Test(arguments: histograms)
    func nativeHistograms(path: String, data: String) async throws {
        let layout = HistogramLayout(zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: 0, length: 3)])
        let sizes = FloatHistogram(layout: layout, count: 4, zeroCount: 1, sum: 5.5, positiveCounts: [1, 2, 0])
        let series = MemorySource.Series(
            labels: Labels([(name: "__name__", value: "sizes")]), samples: [Sample(time: 999_995_000, value: 7)],
            histograms: [HistogramSample(time: 1_000_000_000, histogram: sizes)])
        let answer = await get(try testAPI(more: [series]), "/api/v1/" + path)
        #expect(answer.text == #"{"status":"success","data":\#(data)}"#)
    }

    @Test(arguments: data)
    func answers(path: String, data: String) async throws {
        let answer = await get(try testAPI(), "/api/v1/" + path)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"success","data":\#(data)}"#)
    }

    /// The series of the whole expression, in order; times whole or with all their digits; what reads no series gets no answer at all.
    @Test(
        arguments: [
            ("up", "[\(apiExemplars)]"), ("rate(up[1m])%20/%20on()%20odd{x=~%22y|z%22}", "[\(oddExemplars),\(apiExemplars)]"),
            ("up&start=2000&end=2000.5", #"[{"seriesLabels":{"__name__":"up","job":"api"},"exemplars":[\#(exactExemplar)]}]"#),
            ("up&start=2000.501&end=2999", "[]"), ("gone", "[]"), ("vector(1)", nil), ("%22text%22", nil),
        ] as [(String, String?)])
    func exemplars(query: String, data: String?) async throws {
        let answer = await get(try testAPI(), "/api/v1/query_exemplars?query=" + query)
        #expect(answer.status == (data == nil ? 204 : 200))
        #expect(answer.text == (data.map { #"{"status":"success","data":\#($0)}"# } ?? ""))
    }

    private static let exactExemplar = #"{"labels":{"trace_id":"<b>"},"value":"0.67","timestamp":2000.500}"#
    private static let apiExemplars =
        #"{"seriesLabels":{"__name__":"up","job":"api"},"exemplars":[{"labels":{},"value":"NaN","timestamp":1000},\#(exactExemplar)]}"#
    private static let oddExemplars =
        #"{"seriesLabels":{"__name__":"odd","x":"y"},"exemplars":[{"labels":{"a":"1","b":"2"},"value":"-Inf","timestamp":1}]}"#

    private static let errors: [(String, String)] = [
        ("query", #"invalid parameter \"query\": unknown position: parse error: no expression found in input"#),
        ("query?query=1&time=abc", #"invalid parameter \"time\": invalid time value for 'time': cannot parse \"abc\" to a valid timestamp"#),
        ("query?query=1&timeout=x", #"invalid parameter \"timeout\": cannot parse \"x\" to a valid duration"#),
        ("query?query=1&limit=x", #"invalid parameter \"limit\": strconv.Atoi: parsing \"x\": invalid syntax"#),
        ("query?query=1&limit=-1", #"invalid parameter \"limit\": limit must be non-negative"#),
        ("query?query=1&lookback_delta=x", #"error parsing lookback delta duration: cannot parse \"x\" to a valid duration"#),
        (
            "query?query=1&max_source_resolution=5q", #"invalid parameter \"max_source_resolution\": cannot parse \"5q\" to a valid duration"#
        ),
        (
            "query_range?query=1&start=1&end=2&step=1&max_source_resolution=-5",
            #"invalid parameter \"max_source_resolution\": negative resolutions are not accepted. Try a positive duration, or auto"#
        ),
        ("query_range?query=1", #"invalid parameter \"start\": cannot parse \"\" to a valid timestamp"#),
        ("query_range?query=1&start=3&end=2&step=1", #"invalid parameter \"end\": end timestamp must not be before start time"#),
        (
            "query_range?query=1&start=1&end=2&step=0",
            #"invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"#
        ),
        (
            "query_range?query=1&start=1&end=11002&step=1",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX): 11002 points are asked for"
        ),
        (
            "query_range?query=up[5m]&start=1&end=2&step=1",
            #"invalid parameter \"query\": invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"#
        ),
        ("query?query=1&timeout=1e20", #"invalid parameter \"timeout\": cannot parse \"1e20\" to a valid duration. It overflows int64"#),
        ("series", "no match[] parameter provided"),
        ("series?match[]={}", #"invalid parameter \"match[]\": match[] must contain at least one non-empty matcher"#),
        ("labels?match[]={a=~%22.*%22}", "match[] must contain at least one non-empty matcher"),
        ("label/U__/values", #"invalid label name: \"\""#),
        ("metadata?limit=x", "limit must be a number"),
        ("scrape_pools/config", "no scrapePool parameter provided"),
        ("targets/relabel_steps?labels={}", "no scrapePool parameter provided"),
        ("targets/relabel_steps?scrapePool=api", "no labels parameter provided"),
        ("targets/relabel_steps?scrapePool=api&labels=[]", #"invalid parameter \"labels\": they must be a JSON object"#),
        (
            "targets/relabel_steps?scrapePool=api&labels={%22a%22:1}", #"invalid parameter \"labels\": the value of \"a\" must be a text"#
        ),
        ("status/tsdb?limit=0", "limit must be a positive number"),
        ("rules?type=zz", #"invalid parameter \"type\": not supported value \"zz\""#),
        ("query_exemplars?query=a&start=3&end=2", "end timestamp must not be before start timestamp"),
    ]

    @Test(arguments: ["scrape_pools/config?scrapePool=x", "targets/relabel_steps?scrapePool=x&labels={}"])
    func unknownPools(path: String) async throws {
        let answer = await get(try testAPI(), "/api/v1/" + path)
        #expect(answer.status == 404)
        #expect(answer.text == #"{"status":"error","errorType":"not_found","error":"there is no scrape pool \"x\""}"#)
    }

    @Test(arguments: errors)
    func refusals(path: String, message: String) async throws {
        let answer = await get(try testAPI(), "/api/v1/" + path)
        #expect(answer.status == 400)
        #expect(answer.text == #"{"status":"error","errorType":"bad_data","error":"\#(message)"}"#)
    }

    @Test func truncatedAnswersSaySo() async throws {
        let api = try testAPI()
        let names = await get(api, "/api/v1/label/job/values?limit=1")
        #expect(names.text == #"{"status":"success","data":["api"],"warnings":["results truncated due to limit"]}"#)
        for path in ["series?match[]=up&limit=1", "query?query=up&limit=1"] {
            #expect(await get(api, "/api/v1/" + path).text.hasSuffix(#","warnings":["results truncated due to limit"]}"#))
        }
    }
}
