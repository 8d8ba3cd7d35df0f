import Model
import Testing

@testable import HTTPAPI

/// `events`: forms that tell of what is done to the product.
struct EventEndpointTests {
    @Test("an event is begun and listed")
    func events() async throws {
        let setup = try DeskAPI()
        let answer = await setup.form("/api/v1/events", "kind=maintenance&for=30m&match[]=job%3D%22a%22,x%3Dy&comment=new+%3Cdisks%3E&by=ada")
        let event = #"""
            {"id":"e1","kind":"maintenance","startsAt":"1970-01-12T13:46:40.500Z","endsAt":"1970-01-12T14:16:40.500Z",\#
            "matchers":["job=\"a\"","x=\"y\""],"comment":"new \u003cdisks\u003e","claimedBy":"ada","authenticatedBy":"","address":"10.0.0.7"}
            """#
        #expect(answer.status == 200 && answer.text == #"{"status":"success","data":\#(event)}"#, "\(answer)")
        #expect(await setup.ask("GET", "/api/v1/events").text == #"{"status":"success","data":{"events":[\#(event)]}}"#)
        #expect(await setup.ask("GET", "/api/v1/events?kind=deploy").text.contains(#""events":[]"#))
        #expect(await setup.ask("GET", "/api/v1/events?start=1&end=2").text.contains(#""events":[]"#))
    }

    @Test("a deploy may be a moment")
    func moment() async throws {
        let answer = await (try DeskAPI()).form("/api/v1/events", "kind=deploy&comment=4.2")
        #expect(answer.status == 200 && !answer.text.contains("endsAt"))
    }

    @Test(
        "what makes no sense is refused by name",
        arguments: [
            ("", "kind"), ("kind=party", "kind"), ("kind=maintenance", "for"), ("kind=deploy&for=x", "for"), ("kind=deploy&for=-5", "for"),
            ("kind=maintenance&for=31d", "for"), ("kind=deploy&match[]=a", "match[]"), ("kind=deploy&match[]=a%3D~%22(%22", "match[]"),
        ])
    func refused(_ form: String, _ name: String) async throws {
        let answer = await (try DeskAPI()).form("/api/v1/events", form)
        #expect(answer.status == 400 && answer.text.contains(#"invalid parameter \""# + name), "\(answer)")
    }

    @Test("without a notifier there are no events")
    func nobody() async throws {
        #expect(await get(try testAPI(), "/api/v1/events").status == 500)
    }
}
