import DNSFuzz
import Model
import StrictYAML
import TestKit
import Testing

@testable import Scraping

@Suite("Names", .timeLimit(.minutes(1)))
struct DNSTests {
    private func resolver(_ server: NameServer) -> SystemResolver {
        SystemResolver(server: SystemResolver.Server(address: "127.0.0.1", port: server.port))
    }

    private static func service(_ port: UInt16, _ target: String) -> [UInt8] {
        [0, 10, 0, 60, UInt8(port >> 8), UInt8(port & 255)] + Answers.encoded(target)
    }

    private static let known: [(DNSRecordType, data: [[UInt8]], records: [DNSRecord])] = [
        (.a, [[10, 0, 0, 1], [10, 0, 0, 2]], [.address("10.0.0.1"), .address("10.0.0.2")]),
        (
            .aaaa,
            [
                [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1], [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 1, 2, 3, 4],
                [UInt8](repeating: 0, count: 16),
            ], [.address("2001:db8::1"), .address("1.2.3.4"), .address("::")]
        ),
        (.srv, [service(9100, "node-1.example")], [.service(target: "node-1.example.", port: 9100)]),
        (.mx, [[0, 5] + Answers.encoded("mail.example")], [.mailExchange("mail.example.")]),
        (.ns, [Answers.encoded("ns.example")], [.nameServer("ns.example.")]),
    ]

    @Test("records of each type, by UDP", arguments: known.indices)
    func types(_ index: Int) throws {
        let (type, data, records) = Self.known[index]
        // A CNAME before them leads to the name that has them.
        let alias = Answers.record(5, Answers.encoded("other.example"))
        let server = try NameServer { question in .answer(Answers.records(question.name, question.type, data, before: alias, more: 1)) }
        defer { server.close() }
        #expect(try resolver(server).lookUp("some.example.", type) == records)
        #expect(server.questions == [NameServer.Question(name: "some.example", type: type.code, isTCP: false)])
    }

    @Test("an answer that is too long for a datagram comes by TCP")
    func long() throws {
        let data = (0..<2000).map { [10, 1, UInt8($0 >> 8), UInt8($0 & 255)] as [UInt8] }
        let server = try NameServer { question in .tooLong(Answers.records(question.name, question.type, data)) }
        defer { server.close() }
        let records = try resolver(server).lookUp("many.example.", .a)
        #expect(records.count == 2000 && records.last == .address("10.1.7.207"))
        #expect(server.questions.map(\.isTCP) == [false, true])
    }

    @Test("a name without records, or that does not exist, has none; everything else is an error", arguments: [0, 3, 2, 4, 5] as [UInt8])
    func none(_ code: UInt8) throws {
        let server = try NameServer { question in .answer(Answers.failure(question.name, question.type, code: code)) }
        defer { server.close() }
        let resolver = resolver(server)
        if code == 0 || code == 3 {
            #expect(try resolver.lookUp("none.example.", .srv) == [])
        } else {
            #expect(throws: DNSError.self) { try resolver.lookUp("none.example.", .srv) }
        }
    }

    @Test("nobody answers, and what is answered makes no sense")
    func broken() throws {
        let server = try NameServer { question in .answer(Answers.records(question.name, question.type, [[1, 2, 3]])) }
        let resolver = resolver(server)
        #expect(throws: DNSError("short.example.: an address has 3 bytes")) { try resolver.lookUp("short.example.", .a) }
        server.close()
        #expect(throws: DNSError.self) { try resolver.lookUp("gone.example.", .a) }
    }

    // MARK: Bytes

    private static let header: [UInt8] = [0, 1, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0]

    @Test(
        "names",
        arguments: [
            ([3] + Array("a.b".utf8) + [0], #"a\.b."#), ([2, 0xc3, 0xa9, 1, 0x20, 0], #"\195\169.\ ."#), ([0], "."),
            // Behind a header of 12 bytes and a record's 11, the name itself begins at 23.
            ([1, 0x78, 0xc0, 12], "x."),
        ] as [([UInt8], String)])
    func names(_ data: [UInt8], _ expected: String) throws {
        let message = Self.header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, UInt8(data.count)] + data
        #expect(try DNSMessage.records(.ns, in: message) == [.nameServer(expected)])
    }

    @Test(
        "damaged answers",
        arguments: [
            ([], "shorter than its header"), ([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "a question"),
            (header, "a name breaks off"), (header + [0, 0, 2], "breaks off"),
            (header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 9, 0], "longer than the answer"),
            (header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 23], "points forwards"),
            (header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 30], "points forwards"),
            (header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0x40, 0], "unknown kind"),
            (header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0], "not as long as it says"),
            (header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1, 5], "breaks off"),
            (header + [0, 0, 2, 0, 1, 0, 0, 0, 0, 2, 0] + (0..<8).flatMap { _ in [63] + [UInt8](repeating: 97, count: 63) }, "longer than 255"),
        ] as [([UInt8], String)])
    func damage(_ bytes: [UInt8], _ reason: String) {
        let error = #expect(throws: DNSError.self) { try DNSMessage.records(.ns, in: bytes) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("made and damaged answers")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var fuzz = DNSFuzz(seed: seed)
        for _ in 0..<mutationRounds(usual: 20_000) {
            let (type, bytes, records) = fuzz.next()
            do { try fuzz.check(type, bytes, records) } catch { Issue.record("seed \(seed): \(error): \(bytes)") }
        }
        #expect(fuzz.read > 1000 && fuzz.refused > 1000 && fuzz.faults.count >= 8, "seed \(seed)")
    }

    // MARK: Targets

    @Test("labels of what names stand for")
    func labels() {
        func label(_ type: DNSRecordType, _ record: DNSRecord) -> String {
            var discovery = DNSDiscovery(DNSDiscoveryConfiguration(names: ["n.example"], type: type, port: 80))
            _ = discovery.take([record], at: 0)
            return discovery.groups.first?.targets.first?.description ?? ""
        }
        #expect(label(.a, .address("10.0.0.1")) == #"{__address__="10.0.0.1:80", __meta_dns_name="n.example"}"#)
        #expect(label(.aaaa, .address("::1")) == #"{__address__="[::1]:80", __meta_dns_name="n.example"}"#)
        #expect(
            label(.srv, .service(target: "t.example.", port: 9100))
                == #"{__address__="t.example:9100", __meta_dns_name="n.example", __meta_dns_srv_record_port="9100", __meta_dns_srv_record_target="t.example."}"#
        )
        #expect(
            label(.mx, .mailExchange("m.example."))
                == #"{__address__="m.example:80", __meta_dns_mx_record_target="m.example.", __meta_dns_name="n.example"}"#)
        #expect(
            label(.ns, .nameServer("s.example."))
                == #"{__address__="s.example:80", __meta_dns_name="n.example", __meta_dns_ns_record_target="s.example."}"#)
    }

    @Test("names that stay unanswered keep what they had")
    func keeping() {
        var discovery = DNSDiscovery(DNSDiscoveryConfiguration(names: ["a", "b"], type: .a, port: 1))
        #expect(discovery.groups.isEmpty)
        let changes = [
            discovery.take([.address("1.1.1.1")], at: 1), discovery.take([.address("1.1.1.1")], at: 1), discovery.take([.address("2.2.2.2")], at: 0),
        ]
        #expect(changes == [true, false, true])
        #expect(discovery.groups.map(\.source) == ["a", "b"])
        let isChanged = discovery.take([], at: 1)
        #expect(isChanged)
        #expect(discovery.groups.map(\.targets.count) == [1, 0])
    }

    // MARK: Configuration

    private func read(_ yaml: String) throws -> [DNSDiscoveryConfiguration] {
        guard let value = try YAMLValue.parse(Array("dns_sd_configs: [\(yaml)]".utf8), file: "c") else { return [] }
        return try DiscoverySection(try value.mapping(keys: DiscoveryKinds.keys), checkAddresses: true).dnsDiscovery
    }

    @Test("configuration")
    func configuration() throws {
        #expect(try read("{names: [a, b]}") == [DNSDiscoveryConfiguration(names: ["a", "b"])])
        #expect(
            try read("{names: [a], type: aaaa, port: 9, refresh_interval: 5s}")
                == [DNSDiscoveryConfiguration(names: ["a"], type: .aaaa, port: 9, refreshInterval: 5000)])
    }

    @Test(
        "mistakes in it",
        arguments: [
            ("{names: []}", "at least one name"), ("{names: [a], type: A}", "a port is needed"), ("{names: [a], type: MX}", "a port is needed"),
            ("{names: [a], type: TXT}", "TXT"), ("{names: [a], port: 70000}", "port"), ("{names: ['']}", "is no name"), ("", "an empty section"),
            ("{names: [a], ttl: 1}", "ttl"),
        ])
    func mistakes(_ yaml: String, _ reason: String) {
        let error = #expect(throws: YAMLError.self) { try read(yaml.isEmpty ? "null" : yaml) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}
