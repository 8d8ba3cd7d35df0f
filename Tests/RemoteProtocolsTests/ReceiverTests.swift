import Model
import RemoteProtocols
import RemoteWriteFuzz
import TestKit
import Testing

@testable import TSDB

/// What is answered to write requests and what is stored of them. The cases follow the demands on receivers in the specifications and in
/// prometheus/compliance.
struct ReceiverTests {
    private static let up = [("__name__", "up"), ("instance", "a:1"), ("job", "api")]

    @Test("labels of all kinds are taken as they are", arguments: [1, 2])
    func labels(version: Int) throws {
        let desk = Desk()
        let all = [
            series([("__name__", "plain")], (0, 1)), series([("__name__", "lines"), ("job", "a\nb\n")], (0, 2)),
            series([("__name__", "with.dots"), ("a.b", "c")], (0, 3)), series([("__name__", "with space"), ("a b", "🚀")], (0, 4)),
            series([("z", "1"), ("__name__", "unsorted"), ("a", "2")], (0, 5)), series([("__name__", "empty"), ("gone", "")], (0, 6)),
        ]
        #expect(desk.send(all, version: version).status == 204)
        #expect(
            try Set(desk.stored()) == [
                "plain 0=1.0", "lines{job=\"a\\nb\\n\"} 0=2.0", "{\"with.dots\", \"a.b\"=\"c\"} 0=3.0", "{\"with space\", \"a b\"=\"🚀\"} 0=4.0",
                "unsorted{a=\"2\", z=\"1\"} 0=5.0", "empty 0=6.0",
            ])
    }

    @Test("values are stored to the bit", arguments: [1, 2])
    func values(version: Int) throws {
        let values = [0, -0.0, 1e-300, .infinity, -.infinity, .nan, StaleMarker.value, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
        let desk = Desk()
        let sent = values.enumerated().map { series([("__name__", "v\($0.offset)")], (0, $0.element)) }
        #expect(desk.send(sent, version: version).status == 204)
        let set = try desk.head.select(Selection(matchers: [], from: .min, through: .max))
        var found: Set<UInt64> = []
        for index in 0..<set.count {
            let column = SampleColumn()
            try set.read(index, from: .min, through: .max, into: column)
            found.insert(column.values[0].bitPattern)
        }
        #expect(found == Set(values.map(\.bitPattern)))
    }

    private static let refusals: [(name: String, sent: [SentSeries], told: String, stored: [String])] = [
        (
            "no name", [series([("job", "a")], (0, 1)), series(up, (0, 1))], "1 × invalid labels; the first: the series at byte",
            [#"up{instance="a:1", job="api"} 0=1.0"#]
        ),
        ("an empty name", [series([("__name__", "")], (0, 1), (1, 2))], "2 × invalid labels", []),
        ("no labels", [series([], (0, 1))], "1 × invalid labels", []),
        ("a label twice", [series([("__name__", "a"), ("b", "1"), ("b", "2")], (0, 1))], "the label \"b\" comes twice", []),
        ("a label without a name", [series([("__name__", "a"), ("", "1")], (0, 1))], "a label has no name", []),
        ("too long a value", [series([("__name__", String(repeating: "a", count: 1 << 20 + 1))], (0, 1))], "bytes, at most 1048576", []),
        (
            "the future", [series([("__name__", "a")], (600_001, 1)), series([("__name__", "b")], (600_000, 1))],
            "1 × out of bounds; the first: a at", ["b 600000=1.0"]
        ),
        (
            "too old", [series([("__name__", "a")], (0, 1)), series([("__name__", "b")], (-7_200_000, 1))], "1 × too old; the first: b at",
            ["a 0=1.0"]
        ),
        (
            "another value for one time", [series([("__name__", "a")], (0, 1), (0, 2), (0, 1), (1, 3))],
            "1 × another value for a time that has one; the first: a at 1700000000000", ["a 0=1.0 1=3.0"]
        ),
    ]

    @Test("what is refused is told, and the rest is stored", arguments: refusals, [1, 2])
    func refused(_ one: (name: String, sent: [SentSeries], told: String, stored: [String]), version: Int) throws {
        let desk = Desk()
        let result = desk.send(one.sent, version: version)
        #expect(result.status == 400)
        #expect(result.text.contains(one.told), "\(result.text)")
        #expect(try desk.stored() == one.stored)
        let written = one.stored.reduce(0) { $0 + $1.split(separator: " ").filter { $0.contains("=") && !$0.contains("\"") }.count }
        #expect(result.written?.samples ?? written == written + (one.name == "another value for one time" ? version - 1 : 0))
        #expect(result.retryAfter == nil)
        // Nothing changes by sending it again.
        #expect(desk.send(one.sent, version: version).status == 400)
        #expect(try desk.stored() == one.stored)
    }

    @Test("texts that are not UTF-8 name no series", arguments: [1, 2])
    func notUTF8(version: Int) throws {
        for bad in 0..<2 {
            let desk = Desk()
            var message = version == 1 ? SentSeries.version1([series([("__name__", "name"), ("labl", "valu")], (0, 1))]) : []
            if version == 2 { message = SentSeries.version2([series([("__name__", "name"), ("labl", "valu")], (0, 1))]) }
            let at = try #require(message.firstRange(of: Array((bad == 0 ? "labl" : "valu").utf8)))
            message[at.lowerBound] = 0xff
            let result = desk.store(message, version: version)
            #expect(result.status == 400)
            #expect(result.text.contains("is not UTF-8"))
            #expect(try desk.stored().isEmpty)
        }
    }

    @Test("out of order within the window is stored, and without one refused", arguments: [1, 2])
    func outOfOrder(version: Int) throws {
        let open = Desk()
        #expect(open.send([series(Self.up, (0, 1), (-60_000, 2))], version: version).status == 204)
        #expect(try open.stored() == [#"up{instance="a:1", job="api"} -60000=2.0 0=1.0"#])
        let closed = Desk(window: 0)
        let result = closed.send([series(Self.up, (0, 1), (-60_000, 2), (5, 3))], version: version)
        #expect(result.status == 400)
        #expect(
            result.text
                == #"refused, while the rest is stored: 1 × out of order; the first: up{instance="a:1", job="api"} at 1699999940000: out of order"#)
        #expect(try closed.stored() == [#"up{instance="a:1", job="api"} 0=1.0 5=3.0"#])
    }

    @Test("sending the same again is no error and stores nothing twice, by labels and by what is remembered of them", arguments: [1, 2])
    func repeated(version: Int) throws {
        let desk = Desk()
        let sent = (0..<500).map { series([("__name__", "metric"), ("n", "\($0)")], (0, Double($0))) }
        for _ in 0..<3 {
            let result = desk.send(sent, version: version)
            #expect(result.status == 204)
            #expect(result.written?.samples ?? 500 == 500)
        }
        #expect(desk.head.stats.samplesAppended == 500)
        #expect(desk.send(sent.reversed(), version: 3 - version).status == 204)
        #expect(desk.head.stats.series == 500)
        #expect(desk.head.stats.samplesAppended == 500)
    }

    @Test("new series beyond the head's budget are refused like other samples, and those that are there go on", arguments: [1, 2])
    func budget(version: Int) throws {
        let desk = Desk(budget: SeriesBudget(series: 2))
        let sent = { (time: Timestamp) in (0..<4).map { series([("__name__", "m"), ("n", "\($0)")], (time, 1), (time + 1, 2)) } }
        for round in 0..<2 {
            let result = desk.send(sent(Timestamp(round) * 10), version: version)
            #expect(result.status == 400)
            let reason = "4 × new series, for which the head's budget leaves no room"
            #expect(result.text.hasPrefix("refused, while the rest is stored: \(reason); the first: m{n="))
            #expect(result.written?.samples ?? 4 == 4)
        }
        #expect(try desk.stored() == [#"m{n="0"} 0=1.0 1=2.0 10=1.0 11=2.0"#, #"m{n="1"} 0=1.0 1=2.0 10=1.0 11=2.0"#])
        #expect(desk.metric("martlet_remote_write_refused_total", "budget") == 8)
        desk.head.setSeriesBudget(SeriesBudget())
        #expect(desk.send(sent(20), version: version).status == 204)
        #expect(desk.head.stats.series == 4)
    }

    @Test("starts of series are zeros where that is wanted, and count for nothing", arguments: [false, true])
    func starts(ingests: Bool) throws {
        for batchLimit in [2, 1 << 17] {
            let desk = Desk(batchLimit: batchLimit, ingestsStarts: ingests)
            for round in 0..<2 {
                let time = Timestamp(round) * 10_000
                var old = series([("__name__", "old")], (time, 1), (time + 1000, 2))
                old.startTime = Desk.now - 500
                var new = series([("__name__", "new")], (time, 1))
                new.sampleStart = Desk.now - 250 + time
                let result = desk.send([old, new], version: 2)
                #expect(result.status == 204 && result.written?.samples == 3)
            }
            let zeros = ingests ? ["-500=0.0 ", "-250=0.0 ", " 9750=0.0"] : ["", "", ""]
            #expect(
                try desk.stored() == [
                    "new \(zeros[1])0=1.0\(zeros[2]) 10000=1.0", "old \(zeros[0])0=1.0 1000=2.0 10000=1.0 11000=2.0",
                ])
        }
    }

    @Test("series that the head has let go of are found or made again", arguments: [1, 2])
    func forgotten(version: Int) throws {
        let desk = Desk(maxSamples: 1000)
        let labels = (0..<20).map { [("__name__", "metric"), ("n", "\($0)")] }
        desk.send(labels.map { series($0, (-600_000, 1)) }, version: version)
        // So many others that the oldest must go.
        for n in 0..<15 {
            let more = (0..<100).map { (time: Desk.now - 500_000 + Int64(n * 100 + $0) * 100, value: 1.0) }
            desk.send([SentSeries([("__name__", "others")], more)], version: version)
        }
        #expect(desk.head.stats.series == 1)
        var sent = labels.map { series($0, (0, 2), (1, 3)) }
        sent[0].exemplars = [.init(labels: [("t", "1")], value: 1, time: Desk.now)]
        for _ in 0..<2 {
            let result = desk.send(sent, version: version)
            #expect(result.status == 204)
            #expect(desk.head.stats.series == 21)
        }
        #expect(try desk.stored().filter { $0.hasSuffix("} 0=2.0 1=3.0") }.count == 20)
        #expect(desk.head.exemplarStats.kept == 1)
    }

    @Test("large requests are stored in parts, and only if all of it can be read", arguments: [1, 2], [1, 7, 100])
    func inParts(version: Int, limit: Int) throws {
        let sent = (0..<40).map { n in
            SentSeries([("__name__", "m\(n)")], (0..<10).map { (time: Desk.now + Int64($0), value: Double(n)) })
        }
        let whole = Desk(batchLimit: limit)
        #expect(whole.send(sent, version: version).status == 204)
        #expect(whole.head.stats.samplesAppended == 400)
        #expect(whole.send(sent, version: version).status == 204)
        #expect(whole.head.stats.samplesAppended == 400)
        let broken = Desk(batchLimit: limit)
        let message = version == 1 ? SentSeries.version1(sent) : SentSeries.version2(sent)
        // A last series with a sample whose value ends too soon.
        let result = broken.store(message + [version == 1 ? 0x0a : 0x2a, 4, 0x12, 2, 0x09, 1], version: version)
        #expect(result.status == 400)
        #expect(result.text.hasPrefix("the message cannot be read: byte"))
        #expect(broken.head.stats.samplesAppended == 0)
    }

    // MARK: Histograms, exemplars, metadata

    private static let whole = Histogram(
        hint: .gauge,
        layout: HistogramLayout(
            schema: 3, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: -2, length: 2), BucketSpan(offset: 3, length: 1)],
            negativeSpans: [BucketSpan(offset: 1, length: 1)]), count: 12, zeroCount: 2, sum: 18.4, positiveDeltas: [1, 1, -1], negativeDeltas: [6])
    private static let fractional = FloatHistogram(
        layout: HistogramLayout(schema: -53, positiveSpans: [BucketSpan(offset: 0, length: 3)], customValues: [0.1, 1]), count: 6.5, sum: 2,
        positiveCounts: [1.5, 2, 3])

    @Test("native histograms of both kinds come through", arguments: [1, 2])
    func histograms(version: Int) throws {
        let desk = Desk()
        var (one, two) = (SentSeries([("__name__", "h1")]), SentSeries([("__name__", "h2")]))
        one.histograms = [(Desk.now, .whole(Self.whole))]
        two.histograms = [(Desk.now, .fractional(Self.fractional))]
        let result = desk.send([one, two], version: version)
        #expect(result.status == 204, "\(result.text)")
        let stored = try desk.histograms().mapValues { $0.map(\.withoutReset) }
        #expect(stored == ["h1": [.whole(Self.whole)], "h2": [.fractional(Self.fractional)]])
        let again = desk.send([one, two], version: version)
        #expect(again.status == 204)
        if version == 2 { #expect(again.written == result.written && result.written?.histograms == 2 && result.written?.samples == 0) }
    }

    @Test("a histogram that contradicts itself is refused", arguments: [1, 2])
    func badHistogram(version: Int) throws {
        let desk = Desk()
        var wrong = Self.whole
        wrong.count = 99
        var sent = SentSeries([("__name__", "h")])
        sent.histograms = [(Desk.now, .whole(wrong)), (Desk.now + 1, .whole(Self.whole))]
        let result = desk.send([sent], version: version)
        #expect(result.status == 400)
        #expect(result.text.contains("1 × invalid histogram; the first: h at 1700000000000"))
        #expect(try desk.histograms()["h"]?.count == 1)
    }

    @Test("exemplars are kept with series of samples and of histograms", arguments: [1, 2])
    func exemplars(version: Int) throws {
        let desk = Desk()
        var (one, two) = (series([("__name__", "c")], (0, 1)), SentSeries([("__name__", "h")]))
        one.exemplars = [.init(labels: [("trace_id", "测试")], value: 1, time: Desk.now), .init(labels: [], value: 2, time: Desk.now + 1)]
        two.histograms = [(Desk.now, .whole(Self.whole))]
        two.exemplars = [.init(labels: [("t", "1")], value: .nan, time: 0)]
        let result = desk.send([one, two], version: version)
        #expect(result.status == 204)
        if version == 2 { #expect(result.written?.exemplars == 3) }
        let kept = desk.head.exemplars([[]], from: .min, through: .max)
        #expect(kept.map(\.exemplars.count) == [2, 1])
        #expect(kept.last?.exemplars.first?.time == Desk.now)
        let off = Desk(exemplars: 0)
        let without = off.send([one, two], version: version)
        #expect(without.status == 204)
        if version == 2 { #expect(without.written?.exemplars == 0 && without.written?.samples == 1) }
    }

    @Test("exemplars out of order are an error of version 2 only", arguments: [1, 2])
    func lateExemplars(version: Int) {
        let desk = Desk()
        var sent = series([("__name__", "c")], (0, 1))
        sent.exemplars = [.init(labels: [("t", "1")], value: 1, time: Desk.now), .init(labels: [("t", "2")], value: 1, time: Desk.now - 1)]
        let result = desk.send([sent], version: version)
        #expect(result.status == (version == 1 ? 204 : 400))
        #expect(result.text == (version == 1 ? "" : "refused, while the rest is stored: 1 × exemplar out of order"))
    }

    @Test("exemplars may come apart from the samples of their series, in the same request and later", arguments: [1, 2])
    func exemplarsApart(version: Int) {
        let desk = Desk()
        let sample = series([("__name__", "c"), ("a", "b")], (0, 1))
        func exemplar(_ number: Int, _ labels: [(String, String)]) -> SentSeries {
            var one = SentSeries(labels)
            one.exemplars = [.init(labels: [("t", "\(number)")], value: 1, time: Desk.now + Int64(number))]
            return one
        }
        #expect(desk.send([sample, exemplar(1, sample.labels)], version: version).status == 204)
        #expect(desk.send([exemplar(2, sample.labels)], version: version).status == 204)
        // In another order the labels are not remembered.
        #expect(desk.send([exemplar(3, sample.labels.reversed())], version: version).status == 204)
        #expect(desk.head.exemplars([[]], from: .min, through: .max).map(\.exemplars.count) == [3])
        #expect(desk.head.stats.series == 1)
    }

    @Test("exemplars and metadata without samples do no harm")
    func orphans() throws {
        let desk = Desk()
        var (one, two) = (SentSeries([("__name__", "a")]), SentSeries([("__name__", "b")]))
        one.exemplars = [.init(labels: [("t", "1")], value: 1, time: Desk.now)]
        two.metadata = (1, "Help.", "bytes")
        #expect(desk.send([one, two], version: 2).status == 204)
        #expect(desk.head.stats.series == 0)
    }

    @Test("metadata is kept where it is recorded, and the time a counter began is passed over")
    func metadata() throws {
        let desk = Desk(recordsMetadata: true)
        var sent = series([("__name__", "c_total")], (0, 1))
        sent.metadata = (1, "What it counts: äöü", "things")
        sent.startTime = Desk.now - 3_600_000
        for _ in 0..<2 { #expect(desk.send([sent], version: 2).status == 204) }
        #expect(try desk.stored() == ["c_total 0=1.0"])
        let known = desk.head.core.metadata
        #expect(known.all.map { known[$0.reference] } == [Metadata(type: .counter, help: "What it counts: äöü", unit: "things")])
    }

    // MARK: Requests that cannot be taken

    private static let types: [(type: String?, encoding: String?, status: Int)] = [
        (nil, nil, 204), ("application/x-protobuf", "snappy", 204), ("application/x-protobuf", "Snappy", 204), ("application/x-protobuf", "", 204),
        ("application/x-protobuf;proto=prometheus.WriteRequest", "snappy", 204),
        ("application/x-protobuf; proto=\"prometheus.WriteRequest\"", nil, 204),
        ("application/x-protobuf;proto=io.prometheus.write.v3.Request", "snappy", 415), ("application/x-protobuf;proto", "snappy", 415),
        ("application/json", "snappy", 415), ("image/png", nil, 415), ("", nil, 204), ("application/x-protobuf", "gzip", 415),
        ("application/x-protobuf", "deflate", 415), ("application/x-protobuf", "zstd", 415),
    ]

    @Test("content types and encodings", arguments: types)
    func contentTypes(type: String?, encoding: String?, status: Int) throws {
        let desk = Desk()
        let body = plainSnappy(SentSeries.version1([series(Self.up, (0, 1))]))
        let result = desk.receiver.store(body, contentType: type, encoding: encoding)
        #expect(result.status == status)
        #expect(result.text.isEmpty == (status == 204))
        #expect(result.written == nil)
        #expect(try desk.stored().count == (status == 204 ? 1 : 0))
    }

    private static let bodies: [(name: String, body: [UInt8], told: String)] = [
        ("no bytes", [], "does not begin with a length"), ("no Snappy", Array("hello".utf8), "not in Snappy's block form"),
        ("a length and nothing else", plainSnappy([], length: 10), "not in Snappy's block form"),
        ("a length that is a lie", plainSnappy([], length: 60 << 20), "which 4 bytes cannot become"),
        ("a length beyond all", plainSnappy([1, 2, 3], length: 1 << 31), "at most 67108864 are taken"),
        ("a length of 64 bits", plainSnappy([1, 2, 3], length: .max), "does not begin with a length"),
        ("a shorter length", plainSnappy([0x0a, 0, 0x0a, 0], length: 3), "not in Snappy's block form"),
        ("a group", plainSnappy([0x0b]), "byte 0: a field of an unknown kind"),
        ("a series that is a number", plainSnappy([0x08, 1, 0x28, 1]), "is not of its type"),
        ("a length beyond the end", plainSnappy([0x0a, 9, 0x2a, 0x7f]), "a length beyond the end"),
    ]

    @Test("bodies that cannot be read are 400, and leave nothing behind", arguments: bodies, [1, 2])
    func malformed(_ one: (name: String, body: [UInt8], told: String), version: Int) {
        let desk = Desk()
        let result = desk.receiver.store(one.body, contentType: Desk.types[version - 1], encoding: "snappy")
        #expect(result.status == 400)
        #expect(result.text.contains(one.told), "\(result.text)")
        #expect(result.written == (version == 2 ? WriteResult.Written() : nil))
        #expect(desk.head.stats.series == 0)
    }

    @Test("an empty message is nothing to store", arguments: [1, 2])
    func empty(version: Int) {
        let result = Desk().store([], version: version)
        #expect(result.status == 204)
        #expect(result.written == (version == 2 ? WriteResult.Written() : nil))
    }

    @Test("messages in messages without end cost nothing but their bytes", arguments: [1, 2])
    func nested(version: Int) {
        var message: [UInt8] = []
        for _ in 0..<5000 {
            var maker = WireMaker()
            maker.field(version == 1 ? 1 : 5, message)
            message = maker.bytes
        }
        #expect([204, 400].contains(Desk().store(message, version: version).status))
    }

    // MARK: Symbols

    private func request(_ symbols: [String], _ numbers: [UInt64], packed: Bool = true, symbolsLast: Bool = false) -> [UInt8] {
        var (table, body) = (WireMaker(), WireMaker())
        for symbol in symbols { table.text(4, symbol) }
        body.message(5) { series in
            if packed {
                var list = WireMaker()
                for number in numbers { list.varint(number) }
                series.field(1, list.bytes)
            } else {
                for number in numbers { series.integer(1, number) }
            }
            series.message(2) {
                $0.double(1, 7)
                $0.integer(2, Desk.now)
            }
        }
        body.message(5) { series in
            series.field(1, [1, 3])
            series.message(2) { $0.integer(2, Desk.now) }
        }
        return symbolsLast ? body.bytes + table.bytes : table.bytes + body.bytes
    }

    @Test("symbols may come last, and references one by one")
    func symbolForms() throws {
        for (packed, last) in [(true, false), (true, true), (false, false), (false, true)] {
            let desk = Desk()
            for _ in 0..<2 {
                #expect(desk.store(request(["", "__name__", "up", "other"], [1, 2], packed: packed, symbolsLast: last), version: 2).status == 204)
            }
            #expect(try desk.stored().sorted() == ["other 0=0.0", "up 0=7.0"])
        }
    }

    @Test(
        "references that make no pairs refuse their series and no other",
        arguments: [
            ([1], "1 references are no pairs"), ([1, 2, 1], "3 references are no pairs"), ([1, 9], "there is no symbol 9, only 4"),
            ([1, UInt64.max], "there is no symbol"), ([0, 2], "a label has no name"), ([1, 0], "the metric has no name"),
            ([2, 1], "the metric has no name"),
        ] as [([UInt64], String)])
    func badReferences(numbers: [UInt64], told: String) throws {
        for packed in [true, false] {
            let desk = Desk()
            let result = desk.store(request(["", "__name__", "up", "other"], numbers, packed: packed), version: 2)
            #expect(result.status == 400)
            #expect(result.text.contains(told), "\(result.text)")
            #expect(result.written?.samples == 1)
            #expect(try desk.stored() == ["other 0=0.0"])
        }
    }

    /// One symbol of a mebibyte is sent once, and may be the value of thousands of labels.
    private static let long = String(repeating: "v", count: 1 << 20)

    @Test("labels that symbols make larger than any request are refused")
    func amplifiedLabels() throws {
        let names = (0..<65).map { "l\($0)" }
        let numbers: [UInt64] = [1, 2] + names.indices.flatMap { [UInt64($0) + 5, 4] }
        let desk = Desk()
        let result = desk.store(request(["", "__name__", "up", "other", Self.long] + names, numbers), version: 2)
        #expect(result.status == 400)
        #expect(result.text.contains("labels of the request's new series are more than 67108864 bytes"), "\(result.text)")
        #expect(try desk.stored() == ["other 0=0.0"])
    }

    @Test("so are those of many series, one by one, as far as there are too many")
    func amplifiedSeries() throws {
        var message = WireMaker()
        for symbol in ["", "__name__", "l", "n", Self.long] { message.text(4, symbol) }
        for number in 0..<70 { message.text(4, "\(number)") }
        for number in 0..<70 {
            message.message(5) { series in
                series.field(1, [1, 3, 2, 4, 3, 5 + UInt8(number)])
                series.message(2) { $0.integer(2, Desk.now) }
            }
        }
        let desk = Desk()
        let result = desk.store(message.bytes, version: 2)
        #expect(result.status == 400 && result.written?.samples == 63)
        #expect(desk.head.stats.series == 63)
    }

    @Test("an exemplar of long symbols is left out, and its sample stays")
    func amplifiedExemplar() throws {
        var message = WireMaker()
        for symbol in ["", "__name__", "up", "trace", Self.long] { message.text(4, symbol) }
        message.message(5) { series in
            series.field(1, [1, 2])
            series.message(2) { $0.integer(2, Desk.now) }
            series.message(4) {
                $0.field(1, [3, 4])
                $0.integer(3, Desk.now)
            }
        }
        let desk = Desk()
        #expect(desk.store(message.bytes, version: 2).status == 204)
        #expect(try desk.stored() == ["up 0=0.0"])
        #expect(desk.head.exemplarStats.kept == 0)
    }

    @Test("a table that does not begin with an empty symbol is none")
    func firstSymbol() {
        let desk = Desk()
        let result = desk.store(request(["__name__", "__name__", "up", "other"], [1, 2]), version: 2)
        #expect(result.status == 400)
        #expect(result.text == "the first symbol is not empty")
        #expect(desk.head.stats.series == 0)
    }

    @Test("labels may stand behind samples")
    func labelsLast() throws {
        let desk = Desk()
        var maker = WireMaker()
        maker.message(1) { series in
            series.message(2) { $0.integer(2, Desk.now) }
            series.message(1) {
                $0.text(1, "__name__"); $0.text(2, "late")
            }
        }
        for _ in 0..<2 { #expect(desk.store(maker.bytes, version: 1).status == 204) }
        #expect(try desk.stored() == ["late 0=0.0"])
    }

    // MARK: Counting

    @Test("what comes and what is refused is counted")
    func counted() {
        let desk = Desk()
        desk.send([series(Self.up, (0, 1), (1, 2)), series([("job", "a")], (0, 1), (1, 1))], version: 1)
        #expect(desk.metric("martlet_remote_write_samples_total", "float") == 2)
        #expect(desk.metric("martlet_remote_write_refused_total", "labels") == 2)
        #expect(desk.metric("prometheus_api_remote_write_invalid_labels_samples_total") == 2)
        #expect(desk.metric("martlet_remote_write_body_bytes_total") > 50)
    }

    @Test("requests from many at once are all stored")
    func manyAtOnce() async throws {
        let desk = Desk()
        await withTaskGroup(of: Int.self) { group in
            for sender in 0..<40 {
                group.addTask {
                    let sent = (0..<50).map { series([("__name__", "m"), ("sender", "\(sender)"), ("n", "\($0)")], (0, 1)) }
                    let body = plainSnappy(sender % 2 == 0 ? SentSeries.version1(sent) : SentSeries.version2(sent))
                    return await desk.receiver.receive(body, contentType: Desk.types[sender % 2], encoding: "snappy").status
                }
            }
            for await status in group { #expect(status == 204) }
        }
        #expect(desk.head.stats.samplesAppended == 2000)
    }

    @Test("made and damaged messages: what is taken is as a simple reader reads it")
    func fuzzed() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var fuzz = RemoteWriteFuzz(seed: seed)
        for _ in 0..<3000 {
            let (isSecond, bytes, isDamaged) = fuzz.next()
            do { try fuzz.check(isSecond, bytes, isDamaged: isDamaged) } catch {
                Issue.record("seed \(seed), version \(isSecond ? 2 : 1), \(bytes): \(error)")
                break
            }
        }
        #expect(fuzz.compared > 500 && fuzz.malformed > 100)
    }
}
