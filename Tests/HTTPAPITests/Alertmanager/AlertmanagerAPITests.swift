import Model
import Notifier
import Testing

@testable import HTTPAPI

/// `/api/v2/…`: what is taken, what is refused and how, and what is shown. The words are those of a real Alertmanager 0.33 but where ours tell more.
struct AlertmanagerAPITests {
    @Test(
        "posted alerts that are not as they should be are refused with their place",
        arguments: [
            (
                #"[{"labels":"#, 400,
                #"{"code":400,"message":"parsing alerts body from \"\" failed, because byte 11: ends where a value is expected"}"#
            ),
            ("{}", 400, #"{"code":400,"message":"parsing alerts body from \"\" failed, because the body is an object, not a list"}"#),
            ("", 422, #"{"code":602,"message":"alerts in body is required"}"#),
            (#"[{"annotations":{}}]"#, 422, #"{"code":602,"message":"0.labels in body is required"}"#),
            (#"[7]"#, 400, #"{"code":400,"message":"parsing alerts body from \"\" failed, because 0. is a number, not an object"}"#),
            (#"[{"labels":{}}]"#, 400, "\"at least one label pair required\"\n"),
            (#"[{"labels":{"a":""}}]"#, 400, "\"at least one label pair required\"\n"),
            (#"[{"labels":{"":"x"}}]"#, 400, "\"invalid label set: invalid name \\\"\\\"\"\n"),
            (
                #"[{"labels":{"a":"b"}},{"labels":{"a":5}}]"#, 400,
                #"{"code":400,"message":"parsing alerts body from \"\" failed, because 1.labels.a is a number, not a text"}"#
            ),
            (
                #"[{"labels":{"a":"b"},"startsAt":"yesterday"}]"#, 400,
                #"{"code":400,"message":"parsing alerts body from \"\" failed, because 0.startsAt \"yesterday\" is not a time such as 2026-01-31T23:59:59Z"}"#
            ),
            (
                #"[{"labels":{"a":"b"},"generatorURL":"not a url"}]"#, 422,
                #"{"code":601,"message":"0.generatorURL in body must be of type uri: \"not a url\""}"#
            ),
        ])
    func refusedAlerts(_ body: String, _ status: Int, _ text: String) async throws {
        let setup = try DeskAPI()
        let answer = await setup.ask("POST", "/api/v2/alerts", body)
        #expect(answer.status == status && answer.text == text, "\(answer)")
        #expect(setup.desk.alerts().isEmpty)
    }

    @Test("of several alerts the good ones count, and each bad one is named")
    func someBad() async throws {
        let setup = try DeskAPI()
        let body = """
            [{"labels":{"a":"x"},"startsAt":"2026-11-27T10:00:00Z","endsAt":"2026-11-27T09:00:00Z"},{"labels":{"good":"x"},"more":[1]},{"labels":{"b":""}}]
            """
        let answer = await setup.ask("POST", "/api/v2/alerts", body)
        #expect(answer.status == 400 && answer.text == "\"start time must be before end time\\nat least one label pair required\"\n")
        #expect(setup.desk.alerts().map(\.alert.labels) == [Labels([(name: "good", value: "x")])])
    }

    private static let three = """
        [{"labels":{"alertname":"A","severity":"info","é":"x<y>&"},"annotations":{"b":"2","a":"1"},"generatorURL":"http://x/?a=b&c=<>"},
         {"labels":{"alertname":"B","job":"j","severity":"critical"}},
         {"labels":{"alertname":"C","job":"j","severity":"warning"},"startsAt":"1970-01-12T10:00:00+02:00","endsAt":"2027-11-27T10:00:00Z"}]
        """

    private func withThree() async throws -> DeskAPI {
        let setup = try DeskAPI()
        let answer = await setup.ask("POST", "/api/v2/alerts", Self.three)
        #expect(answer.status == 200 && answer.text.isEmpty)
        return setup
    }

    @Test("an alert is shown with all that is known of it")
    func shown() async throws {
        let answer = await (try await withThree()).ask("GET", "/api/v2/alerts?filter=alertname%3D%22A%22")
        #expect(
            answer.text
                == """
                [{"annotations":{"a":"1","b":"2"},"endsAt":"1970-01-12T13:51:40.500Z","fingerprint":"6a0f2c1b1d1a7e50","receivers":[{"name":"quiet"}],\
                "startsAt":"1970-01-12T13:46:40.500Z","status":{"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"},\
                "updatedAt":"1970-01-12T13:46:40.500Z","generatorURL":"http://x/?a=b\\u0026c=\\u003c\\u003e",\
                "labels":{"alertname":"A","severity":"info","é":"x\\u003cy\\u003e\\u0026"}}]

                """.replacingFingerprint(of: Labels([("alertname", "A"), ("severity", "info"), ("é", "x<y>&")].map { (name: $0.0, value: $0.1) })))
    }

    @Test(
        "alerts are picked by labels, receivers and what holds them back",
        arguments: [
            ("", "ABC"), ("filter=severity%3D~%22c.*%22", "B"), ("filter=job%3Dj&filter=alertname!%3DB", "C"), ("receiver=quiet", "A"),
            ("receiver=qui", ""), ("receiver=.*", "ABC"), ("active=false", "C"), ("inhibited=false", "AB"), ("silenced=false", "ABC"),
            ("active=0&inhibited=no", ""), ("unprocessed=true", "ABC"),
        ])
    func filters(_ query: String, _ names: String) async throws {
        let answer = await (try await withThree()).ask("GET", "/api/v2/alerts?" + query)
        let found = answer.text.split(separator: #""alertname":""#).dropFirst().map { String($0.prefix(1)) }.sorted().joined()
        #expect(found == names, "\(answer)")
    }

    @Test("a filter or a receiver that cannot be read is refused", arguments: ["filter=a", "filter=a%3D~%22(%22", "receiver=("])
    func badFilters(_ query: String) async throws {
        for path in ["alerts", "alerts/groups"] {
            let answer = await (try await withThree()).ask("GET", "/api/v2/\(path)?\(query)")
            #expect(answer.status == 400 && answer.text.first == "\"")
        }
    }

    @Test("groups have their labels, receiver and alerts")
    func groups() async throws {
        let answer = await (try await withThree()).ask("GET", "/api/v2/alerts/groups?receiver=ops&inhibited=false")
        #expect(answer.text.hasSuffix(#""labels":{"alertname":"B"},"receiver":{"name":"ops"}}]"# + "\n") && !answer.text.contains(#""C""#))
    }

    // MARK: Silences

    private static let silence = """
        {"matchers":[{"name":"job","value":"j","isRegex":false}],"startsAt":"1970-01-12T10:00:00Z","endsAt":"1970-01-13T10:00:00.5Z",\
        "createdBy":"me","comment":"<why>"}
        """

    @Test("a silence is set, shown, applied, changed and ended")
    func silences() async throws {
        let setup = try await withThree()
        let id = "00000000-0000-4000-8000-000000000001"
        #expect(await setup.ask("POST", "/api/v2/silences", Self.silence) == (200, "{\"silenceID\":\"\(id)\"}\n"))
        let shown = """
            {"id":"\(id)","status":{"state":"active"},"updatedAt":"1970-01-12T13:46:40.500Z","comment":"\\u003cwhy\\u003e","createdBy":"me",\
            "endsAt":"1970-01-13T10:00:00.500Z","matchers":[{"isEqual":true,"isRegex":false,"name":"job","value":"j"}],\
            "startsAt":"1970-01-12T13:46:40.500Z"}
            """
        #expect(await setup.ask("GET", "/api/v2/silence/\(id)") == (200, shown + "\n"))
        #expect(await setup.ask("GET", "/api/v2/silences") == (200, "[\(shown)]\n"))
        #expect(await setup.ask("GET", "/api/v2/alerts?silenced=false").text.contains(#""alertname":"A""#))
        #expect(await !setup.ask("GET", "/api/v2/alerts?silenced=false").text.contains(#""job""#))
        let longer = Self.silence.replacing("13T10", with: "14T10").replacing("{\"matchers", with: "{\"id\":\"\(id)\",\"matchers")
            .replacing("12T10:00:00Z", with: "12T13:46:40.5Z")
        #expect(await setup.ask("POST", "/api/v2/silences", longer) == (200, "{\"silenceID\":\"\(id)\"}\n"))
        #expect(await setup.ask("DELETE", "/api/v2/silence/\(id)") == (200, ""))
        #expect(await setup.ask("DELETE", "/api/v2/silence/\(id)") == (200, ""))
        #expect(setup.desk.orders.first == "set [job=\"j\"] until 72800000 by me, me at 10.0.0.7")
    }

    @Test(
        "silences that cannot be are refused",
        arguments: [
            ("{}", 422, "comment in body is required"), ("[]", 400, "the body is a list, not an object"),
            (silence.replacing(#""createdBy":"me","#, with: ""), 422, "createdBy in body is required"),
            (silence.replacing(#"{"name":"job","value":"j","isRegex":false}"#, with: ""), 422, "matchers in body should have at least 1 items"),
            (silence.replacing(#","isRegex":false"#, with: ""), 422, "matchers.0.isRegex in body is required"),
            (silence.replacing("false", with: "1"), 400, "matchers.0.isRegex is a number, not true or false"),
            (silence.replacing(#""j","isRegex":false"#, with: #""(","isRegex":true"#), 400, "invalid silence: invalid label matcher 0"),
            (silence.replacing(#""j""#, with: #""""#), 400, "at least one matcher must not match the empty string"),
            (silence.replacing("13T10", with: "12T09"), 400, "start time must be before end time"),
            (silence.replacing("13T10", with: "12T11"), 400, "end time can't be in the past"),
            (silence.replacing("{\"matchers", with: "{\"id\":\"zz\",\"matchers"), 404, "silence not found"),
        ])
    func refusedSilences(_ body: String, _ status: Int, _ text: String) async throws {
        let setup = try DeskAPI()
        let answer = await setup.ask("POST", "/api/v2/silences", body)
        #expect(answer.status == status && answer.text.contains(text), "\(answer)")
        #expect(setup.desk.silences().isEmpty)
    }

    @Test(
        "what is not there is not found",
        arguments: [
            ("GET", "silence/nope", 422), ("DELETE", "silence/nope", 422), ("GET", "silence/00000000-0000-0000-0000-000000000000", 404),
            ("DELETE", "silence/00000000-0000-0000-0000-000000000000", 404), ("GET", "nothing", 404), ("PUT", "alerts", 405), ("POST", "status", 405),
        ])
    func notFound(_ method: String, _ path: String, _ status: Int) async throws {
        #expect(await (try DeskAPI()).ask(method, "/api/v2/" + path).status == status)
    }

    @Test("a body of another type is refused, and so is what a page of another site sends")
    func foreign() async throws {
        let setup = try DeskAPI()
        #expect(await setup.ask("POST", "/api/v2/alerts", "[]", type: "text/plain").status == 415)
        #expect(await setup.ask("POST", "/api/v2/silences", Self.silence, origin: "http://evil").status == 403)
        #expect(await setup.ask("DELETE", "/api/v2/silence/x", origin: "null").status == 403)
        #expect(await setup.ask("POST", "/api/v2/silences", Self.silence, origin: "http://us:9090").status == 200)
    }

    @Test("receivers and the status are there")
    func rest() async throws {
        let setup = try DeskAPI()
        #expect(
            await setup.ask("GET", "/api/v2/receivers").text
                == #"[{"labels":{"name":"ops"},"name":"ops"},{"labels":{"name":"quiet"},"name":"quiet"}]"# + "\n")
        let status = await setup.ask("GET", "/api/v2/status").text
        #expect(status.hasPrefix(#"{"cluster":{"peers":[],"status":"disabled"},"config":{"original":"route: {}\n"},"uptime":"1970"#))
    }
}

extension String {
    /// The expected text with the number that our own rule gives for the labels, which is compared with Alertmanager's elsewhere.
    fileprivate func replacingFingerprint(of labels: Labels) -> String { replacing("6a0f2c1b1d1a7e50", with: Fingerprint(labels).description) }
}
