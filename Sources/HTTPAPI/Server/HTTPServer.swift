public import Access
public import Catalog
public import Logging
public import Model
import NIOCore
import NIOHTTP1
import NIOPosix
public import PromQL
public import Runtime
import Synchronization
public import TSDB

/// The API and the web page on a socket.
public final class HTTPServer: Sendable {
    /// Connections only wait and copy on them; the work is done on other threads.
    private static let eventLoops = 2

    private let options: HTTPServerOptions
    private let service: HTTPService
    private let life = Mutex(Life())

    private struct Life {
        var listening: (any Channel)?
        /// Kept, because the wish may come before there is anything to end.
        var isToStop = false
    }

    /// - Throws: if an option makes no sense.
    public init(
        options: HTTPServerOptions, engine: Engine, source: any SeriesSource, state: any ServerState, registry: MetricsRegistry, clock: any Clock,
        storage: (any StorageAdministration)? = nil, records: (any RecordsReading)? = nil, queryLog: (any QueryLog)? = nil,
        recording: (any Recording)? = nil, writes: (any WriteReceiving)? = nil, access: AccessControl? = nil, logger: Logger
    ) throws {
        let api = try API(
            options: options, engine: engine, source: source, state: state, registry: registry, clock: clock, storage: storage,
            records: records, queryLog: queryLog, recording: recording, writes: writes, access: access, logger: logger)
        self.options = options
        let bodies = BodyPolicy(
            usual: options.maxBodySize, writePath: writes == nil ? nil : options.routePrefix + Endpoints.writePath,
            writeLimit: options.maxWriteSize)
        let room = BodyRoom(bytes: options.maxWriteMemory, patience: .milliseconds(options.writePatience))
        if writes != nil { Self.register(room, registry) }
        service = HTTPService(
            api: api, access: access, clock: clock, connections: Connections(), bodies: bodies, bodyRoom: room,
            bodyLook: .milliseconds(options.writeLook))
    }

    private static func register(_ room: BodyRoom, _ registry: MetricsRegistry) {
        registry.callback(
            "martlet_remote_write_bodies_bytes", .gauge, help: "Bytes of remote writes' bodies that are in memory or on their way there."
        ) { Double(room.taken) }
        registry.callback(
            "martlet_remote_write_turned_away_total", .counter, help: "Remote writes answered with 503 because there was no room for them."
        ) { Double(room.turnedAway) }
    }

    /// Serves until `shutdown` is called or the task is cancelled; returns at once if it was called before.
    ///
    /// - Parameter onBound: called once with the port, which is of use where the options leave it open.
    /// - Throws: `CannotListen` if the address is taken or not ours.
    public func run(onBound: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        guard !life.withLock({ $0.isToStop }) else { return }
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: Self.eventLoops)
        let outcome = await Result { () async throws(CannotListen) in try await listen(on: loops) }
        if case .success(let channel) = outcome {
            await withTaskCancellationHandler {
                await serve(channel, onBound)
            } onCancel: {
                stop()
            }
        }
        try? await loops.shutdownGracefully()
        _ = try outcome.get()
    }

    private func listen(on loops: MultiThreadedEventLoopGroup) async throws(CannotListen) -> any Channel {
        let bootstrap = ServerBootstrap(group: loops)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A request is one read: a second would only find that there is no more.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // Writable means that all is with the system.
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 1, high: 1))
            .childChannelInitializer { [service] channel in
                guard let access = service.access else {
                    return channel.eventLoop.makeCompletedFuture { try Self.prepare(channel, service, tls: nil) }
                }
                return channel.eventLoop.makeFutureWithTask { await access.tls() }.flatMapThrowing { try Self.prepare(channel, service, tls: $0) }
            }
        do {
            return try await bootstrap.bind(host: options.host, port: options.port).get()
        } catch {
            throw CannotListen(host: options.host, port: options.port, cause: error)
        }
    }

    private static func prepare(_ channel: any Channel, _ service: HTTPService, tls: ServerTLS?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandlers([PlainRequestWatch(), tls.handler()]) }
        try pipeline.addHandlers([ByteToMessageHandler(HTTPRequestDecoder()), ConnectionHandler(service, tls: tls)])
    }

    /// Returns when the channel and all its connections are closed.
    private func serve(_ channel: any Channel, _ onBound: (Int) -> Void) async {
        let isToStop = life.withLock { life in
            life.listening = channel
            return life.isToStop
        }
        if isToStop { channel.close(promise: nil) } else { onBound(channel.localAddress?.port ?? 0) }
        try? await channel.closeFuture.get()
        service.connections.end()
        await service.connections.untilClosed()
        life.withLock { $0.listening = nil }
    }

    /// Lets requests in progress end, takes no new ones, and makes `run` return.
    public func shutdown() async { stop() }

    private func stop() {
        let listening = life.withLock { life in
            life.isToStop = true
            return life.listening
        }
        listening?.close(promise: nil)
    }
}

extension Result where Failure == CannotListen {
    fileprivate init(_ body: () async throws(CannotListen) -> Success) async {
        do throws(CannotListen) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
