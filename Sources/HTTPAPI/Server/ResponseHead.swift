import Model
import NIOCore

/// The status line and the headers of an answer, as bytes.
struct ResponseHead {
    /// What becomes of the connection, as far as the client has to be told.
    enum Connection {
        case close
        /// HTTP/1.0 closes unless told otherwise.
        case keepAlive
        case asUsual
    }

    /// Of the second the answer is made in.
    private var date = (second: Timestamp.min, line: "")

    /// Writes everything up to the body of `answer` at `now`.
    mutating func append(_ answer: APIResponse, _ connection: Connection, now: Timestamp, to out: inout ByteBuffer) {
        out.writeStaticString("HTTP/1.1 ")
        out.writeString(Self.status(answer.status))
        let hasLength = append(answer.headers, to: &out)
        let hasBody = answer.status != 204 && answer.status != 304
        if hasBody, !hasLength, answer.stream == nil { out.writeString("Content-Length: \(answer.body.count)\r\n") }
        switch connection {
        case .close: out.writeStaticString("Connection: close\r\n")
        case .keepAlive: out.writeStaticString("Connection: keep-alive\r\n")
        case .asUsual: break
        }
        out.writeString(dateLine(now))
        out.writeStaticString("\r\n")
    }

    /// Returns whether there was a length among them.
    private func append(_ headers: [(name: String, value: String)], to out: inout ByteBuffer) -> Bool {
        var hasLength = false
        // A value may repeat something that the client sent; a line break in it would begin a header of the client's own.
        for (name, value) in headers where !value.isEmpty && value.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) {
            out.writeString(name)
            out.writeStaticString(": ")
            out.writeString(value)
            out.writeStaticString("\r\n")
            hasLength = hasLength || name == "Content-Length"
        }
        return hasLength
    }

    private mutating func dateLine(_ now: Timestamp) -> String {
        let second = now / 1000
        if second != date.second { date = (second, "Date: \(HTTPDate.text(now))\r\n") }
        return date.line
    }

    private static func status(_ code: Int) -> String {
        switch code {
        case 200: "200 OK\r\n"
        case 204: "204 No Content\r\n"
        case 302: "302 Found\r\n"
        case 400: "400 Bad Request\r\n"
        case 401: "401 Unauthorized\r\n"
        case 403: "403 Forbidden\r\n"
        case 404: "404 Not Found\r\n"
        case 405: "405 Method Not Allowed\r\n"
        case 413: "413 Content Too Large\r\n"
        case 415: "415 Unsupported Media Type\r\n"
        case 417: "417 Expectation Failed\r\n"
        case 422: "422 Unprocessable Content\r\n"
        case 429: "429 Too Many Requests\r\n"
        case 499: "499 Client Closed Request\r\n"
        case 500: "500 Internal Server Error\r\n"
        case 503: "503 Service Unavailable\r\n"
        default: "\(code) \r\n"
        }
    }
}
