public import Access
public import Catalog

/// A request, free of any server library: what the endpoints see and tests can make by hand.
public struct APIRequest: Sendable {
    public var method: String
    /// The path as it was sent, still percent-encoded, without the query.
    public var path: String
    /// The form's values, then the URL's: of a name given in both, the form's value counts.
    public var form: FormValues
    public var headers: RequestHeaders
    public var body: [UInt8]
    /// Ends the work when the client has hung up.
    public var hangUp: HangUp
    /// The address the request came from.
    public var client: String
    /// What the client has shown in its TLS handshake.
    var certificate: ClientCertificate?
    /// Who logged in; nil where nobody has to, or nobody did.
    public var login: Login?
    /// Whether whoever asks can send an answer while it is being written.
    var takesStreams = false

    /// - Parameters:
    ///   - target: path and query, as in the request line.
    ///   - body: read as a form for POST and PUT with the content type of HTML forms.
    public init(method: String, target: String, headers: RequestHeaders = [:], body: [UInt8] = [], hangUp: HangUp = HangUp(), client: String = "") {
        self.method = method
        self.headers = headers
        self.body = body
        self.hangUp = hangUp
        self.client = client
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = String(target[..<(mark ?? target.endIndex)])
        form = FormValues()
        if method == "POST" || method == "PUT", Self.isForm(headers["content-type"]) { form.add(encoded: body) }
        if let mark { form.add(encoded: target[mark...].utf8.dropFirst()) }
    }

    /// The client's address without the port.
    var address: String { ClientAddress.withoutPort(client) }

    /// Who asks, for what is kept on record. Whoever knows whom the request says it is from adds that.
    public var requester: Requester { Requester(authenticated: login?.name, address: address) }

    static func isForm(_ type: String?) -> Bool {
        let name = type?.prefix { $0 != ";" } ?? ""
        return name.lowercased().filter { $0 != " " } == "application/x-www-form-urlencoded"
    }

    /// The same, for work that goes on when the client hangs up.
    var lasting: APIRequest {
        var request = self
        request.hangUp = HangUp()
        return request
    }

    /// Whether the client reads gzip.
    var acceptsGzip: Bool {
        guard let accepted = headers["accept-encoding"] else { return false }
        return accepted.split(separator: ",").contains { item in
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            return parts.first == "gzip" && !parts.dropFirst().contains { $0 == "q=0" || $0 == "q=0.0" }
        }
    }
}
