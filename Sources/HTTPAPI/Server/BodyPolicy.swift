import NIOHTTP1

/// How large the body of a request may be, by its head alone.
struct BodyPolicy: Sendable {
    /// Bytes that any request may have.
    let usual: Int
    /// The path of remote writes, which may have more; nil where there are none.
    let writePath: String?
    let writeLimit: Int

    /// Whether it is a remote write, whose body takes its place among those that are in memory.
    func isWrite(_ head: HTTPRequestHead) -> Bool {
        guard let writePath, head.method == .POST, path(head.uri) == writePath else { return false }
        // A form would be read as one, whoever it is for.
        return !APIRequest.isForm(head.headers.first(name: "Content-Type"))
    }

    func limit(_ head: HTTPRequestHead) -> Int { isWrite(head) ? max(usual, writeLimit) : usual }

    /// Whether the login is judged before the body is taken: strangers get no more memory than for any other request.
    func judgesFirst(_ head: HTTPRequestHead) -> Bool { isWrite(head) && (Self.length(head) ?? .max) > usual }

    /// What the client says the body will have; nil if it says nothing.
    static func length(_ head: HTTPRequestHead) -> Int? { head.headers.first(name: "Content-Length").flatMap(Int.init) }

    private func path(_ uri: String) -> String { String(uri.prefix { $0 != "?" }) }
}
