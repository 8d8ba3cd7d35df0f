import Glibc
import HTTPTypes
import HummingbirdCore
public import Logging
public import Model
import NIOCore
import NIOPosix
public import PromQL
public import Runtime
import ServiceLifecycle
import Synchronization
public import TSDB

/// The API and the web page on a socket.
public final class HTTPServer: Sendable {
    private let api: API
    private let options: HTTPServerOptions
    private let logger: Logger
    private let clock: any Clock
    private let life = Mutex(Life())

    private struct Life {
        var running: ServiceGroup?
        /// Kept, because the wish may come before there is anything to end.
        var isToStop = false
    }

    /// - Throws: if an option makes no sense.
    public init(
        options: HTTPServerOptions, engine: Engine, source: any SeriesSource, state: any ServerState, registry: MetricsRegistry, clock: any Clock,
        storage: (any StorageAdministration)? = nil, logger: Logger
    ) throws {
        api = try API(
            options: options, engine: engine, source: source, state: state, registry: registry, clock: clock, storage: storage, logger: logger)
        self.options = options
        self.logger = logger
        self.clock = clock
    }

    /// Serves until `shutdown` is called or the task is cancelled; returns at once if it was called before.
    ///
    /// - Parameter onBound: called once with the port, which is of use where the options leave it open.
    /// - Throws: `CannotListen` if the address is taken or not ours.
    public func run(onBound: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        // The framework logs each connection's troubles as its own; below warnings they are the clients' affair.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        // Only the core of the framework: its application wakes up every second to format the date.
        let builder = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(additionalChannelHandlers: [HangUpHandler()], idleTimeout: .seconds(300)))
        let server = try builder.buildServer(
            configuration: ServerConfiguration(address: .hostname(options.host, port: options.port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet
        ) { [api, options, clock] (request, writer: consuming ResponseWriter, channel) in
            let response = await Self.respond(to: request, channel, api, options, clock)
            try await writer.write(response: response.head, body: response.body)
        } onServerRunning: { channel in
            onBound(channel.localAddress?.port ?? 0)
        }
        let group = ServiceGroup(configuration: .init(services: [.init(service: server, successTerminationBehavior: .ignore)], logger: quiet))
        let isToStop = life.withLock { life in
            life.running = group
            return life.isToStop
        }
        defer { life.withLock { $0.running = nil } }
        guard !isToStop else { return }
        do {
            try await group.run()
        } catch let error as IOError {
            throw CannotListen(host: options.host, port: options.port, cause: error)
        }
    }

    /// Lets requests in progress end, takes no new ones, and makes `run` return.
    public func shutdown() async {
        let group = life.withLock { life in
            life.isToStop = true
            return life.running
        }
        await group?.triggerGracefulShutdown()
    }

    private static func respond(
        to request: Request, _ channel: any Channel, _ api: API, _ options: HTTPServerOptions, _ clock: any Clock
    ) async -> Response {
        var request = request
        let body: ByteBuffer
        do {
            body = try await request.collectBody(upTo: options.maxBodySize)
        } catch {
            return response(.refusal("request body too large", status: 413), clock)
        }
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        headers["host"] = request.head.authority
        let hangUp = try? await channel.pipeline.handler(type: HangUpHandler.self).map(\.hangUp).get()
        let answer = await api.respond(
            to: APIRequest(
                method: request.method.rawValue, target: request.head.path ?? "/", headers: headers, body: Array(body.readableBytesView),
                hangUp: hangUp ?? HangUp(), client: channel.remoteAddress?.description ?? ""))
        return response(answer, clock)
    }

    private static func response(_ answer: APIResponse, _ clock: any Clock) -> Response {
        var headers = HTTPFields()
        headers[.date] = HTTPDate.text(clock.now())
        for header in answer.headers where !header.value.isEmpty {
            if let name = HTTPField.Name(header.name) { headers.append(HTTPField(name: name, value: header.value)) }
        }
        return Response(status: .init(code: answer.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

/// The address to listen on cannot be had.
public struct CannotListen: Error, CustomStringConvertible {
    public let description: String

    init(host: String, port: Int, cause: IOError) {
        let address = "\(host):\(port)"
        switch cause.errnoCode {
        case EADDRINUSE: description = "cannot listen on \(address): another program is using this port"
        case EACCES: description = "cannot listen on \(address): this port needs more rights"
        case EADDRNOTAVAIL: description = "cannot listen on \(address): the address is not this machine's"
        default: description = "cannot listen on \(address): \(cause)"
        }
    }
}

/// Notices that a client has gone while its request is worked on.
final class HangUpHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    let hangUp = HangUp()

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { hangUp.happened() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        hangUp.happened()
        context.fireChannelInactive()
    }
}
