import Model
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection to a mail server on which one command after the other is sent. Every step ends within its time.
struct SMTPChannel {
    typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let channel: any NIOCore.Channel
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var reader = SMTPReplyReader()

    init(_ channel: any NIOCore.Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Connects, and with `tls` speaks it from the first byte on.
    static func connect(host: String, port: Int, tls: SMTPSecurity?, within limit: TimeAmount) async throws -> Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(limit)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(try tls.handler()) }
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Speaks TLS from here on. What the server has said too early would not be protected, and so is not listened to.
    mutating func secure(_ tls: SMTPSecurity) async throws {
        if reader.hasRest { throw SMTPFault(description: "the server has gone on speaking before TLS began") }
        try await channel.eventLoop.submit { [channel] in
            try channel.pipeline.syncOperations.addHandler(try tls.handler(), position: .first)
        }.get()
    }

    /// Sends a line and waits for the reply.
    mutating func command(_ line: String, within limit: TimeAmount) async throws -> SMTPReply {
        // Whatever the line was made of, it must not be two.
        if line.utf8.contains(where: { $0 == 0x0d || $0 == 0x0a || $0 == 0 }) { throw SMTPFault(description: "a command with a line end in it") }
        return try await send(ByteBuffer(string: line + "\r\n"), within: limit)
    }

    mutating func send(_ bytes: ByteBuffer, within limit: TimeAmount) async throws -> SMTPReply {
        let watch = Watch(channel, limit)
        defer { watch.end() }
        // Who hangs up may have said why.
        try? await outbound.write(bytes)
        return try await reply(watch)
    }

    /// Waits for what the server says of its own accord.
    mutating func reply(within limit: TimeAmount) async throws -> SMTPReply {
        let watch = Watch(channel, limit)
        defer { watch.end() }
        return try await reply(watch)
    }

    private mutating func reply(_ watch: Watch) async throws -> SMTPReply {
        while true {
            if let reply = try reader.next() { return reply }
            let piece: ByteBuffer?
            do {
                piece = try await inbound.next()
            } catch {
                throw watch.fault ?? error
            }
            guard let piece else { throw watch.fault ?? SMTPFault(description: "the server has closed the connection") }
            reader.add(piece.readableBytesView)
        }
    }

    /// Closes the connection when a step takes too long.
    private final class Watch: Sendable {
        private let isOver = Mutex(false)
        private let timer = Mutex<Scheduled<Void>?>(nil)
        private let limit: TimeAmount

        init(_ channel: any NIOCore.Channel, _ limit: TimeAmount) {
            self.limit = limit
            let scheduled = channel.eventLoop.scheduleTask(in: limit) { [weak self] in
                self?.isOver.withLock { $0 = true }
                channel.close(promise: nil)
            }
            timer.withLock { $0 = scheduled }
        }

        func end() { timer.withLock { $0?.cancel() } }

        /// Nil if the time is not over.
        var fault: SMTPFault? {
            isOver.withLock { $0 } ? SMTPFault(description: "no reply within \(limit.nanoseconds / 1_000_000_000) s") : nil
        }
    }
}

/// How TLS is spoken with a mail server.
struct SMTPSecurity: Sendable {
    let context: NIOSSLContext
    /// The name that the certificate must bear; nil for a server that is named by its address, which must be in the certificate then.
    let host: String?

    func handler() throws -> NIOSSLClientHandler { try NIOSSLClientHandler(context: context, serverHostname: host) }
}
