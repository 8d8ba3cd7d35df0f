public import AsyncHTTPClient
public import NIOCore
import Synchronization

extension WebClients {
    /// The beginning of a body, read before the deadline.
    public static func body(of response: HTTPClientResponse, limit: Int, before deadline: NIODeadline) async throws -> [UInt8] {
        let text = Mutex<[UInt8]>([])
        try await within(deadline) { [body = response.body] in
            for try await piece in body {
                let isFull = text.withLock { text in
                    text += piece.readableBytesView.prefix(limit - text.count)
                    return text.count >= limit
                }
                if isFull { return }
            }
        }
        return text.withLock { $0 }
    }

    /// The client's own deadline is over with the response's head; a body may stop coming for ever.
    public static func within(_ deadline: NIODeadline, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(nanoseconds: UInt64(max(0, (deadline - .now()).nanoseconds)))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
