public import AsyncHTTPClient
public import ClientConfiguration
public import NIOCore
import NIOHTTP1
import NIOSSL
import Runtime
import Synchronization

/// Clients made as configurations want them, with async-http-client: who they are, whom they trust, which way they go; connections are kept alive.
public final class WebClients: Sendable {
    /// What a client is made of. Of what files held it has the content: where that has changed, another client is made.
    private struct Key: Hashable {
        let tls: ClientConfiguration.TLSConfiguration
        let followRedirects: Bool
        let enableHTTP2: Bool
        let proxy: ProxyServer?
        /// Where to connect to, if the certificate's name is another (see ``NamedServer``).
        let host: String?
        /// The content of the files that TLS names.
        var files: [String: [UInt8]]

        /// As the key, whatever the files hold.
        var withoutFiles: Key {
            var key = self
            key.files = [:]
            return key
        }
    }

    /// What a request needs from files and the environment.
    struct Prepared: Sendable {
        var headers: [(name: String, value: String)]
        var tlsFiles: [String: [UInt8]]
        var secret: String?
    }

    /// Clients whose certificates have been replaced; requests of theirs may still be under way.
    private struct State {
        var clients: [Key: HTTPClient] = [:]
        var retired: [HTTPClient] = []
    }

    private let state = Mutex(State())
    let tokens = OAuth2Tokens()
    private let readFile: @Sendable (String) throws -> [UInt8]
    private let userAgent: String
    private let proxies: ProxyEnvironment
    private let connections: ConnectionLooks
    /// Files may lie where reading takes long.
    private let readers: WorkerPool

    /// How connections are kept.
    public struct ConnectionLooks: Sendable {
        /// How long an idle one stays open.
        public var idle: TimeAmount
        /// Whether it keeps as little memory as can be while it is idle.
        public var isSmall: Bool

        public init(idle: TimeAmount = .minutes(1), isSmall: Bool = false) {
            self.idle = idle
            self.isSmall = isSmall
        }
    }

    /// - Parameters:
    ///   - environment: the variables that say which proxies to take, for configurations that ask for them.
    ///   - readFile: reads files of secrets and certificates.
    public init(
        userAgent: String, environment: [String: String] = [:], connections: ConnectionLooks = ConnectionLooks(),
        readFile: @escaping @Sendable (String) throws -> [UInt8]
    ) {
        self.userAgent = userAgent
        self.readFile = readFile
        self.connections = connections
        proxies = ProxyEnvironment(environment)
        readers = WorkerPool(name: "client files", threads: 2, queueLimit: 100_000)
    }

    /// Closes all connections. Nothing can be fetched afterwards.
    public func shutdown() async {
        let all = state.withLock { state in
            defer { state = State() }
            return Array(state.clients.values) + state.retired
        }
        for client in all { try? await client.shutdown() }
    }

    /// The response's head; asks a second time if the connection was lost or the token is not good any more. `complete` adds what the request has
    /// besides who asks.
    ///
    /// Throws a ``WebError``, or what the client throws; see ``TransportFailure`` for words.
    public func answer(
        to url: String, as configuration: HTTPClientConfiguration, before deadline: NIODeadline, _ complete: (inout HTTPClientRequest) -> Void
    ) async throws -> HTTPClientResponse {
        var message = HTTPClientRequest(url: url)
        complete(&message)
        guard let oauth2 = configuration.oauth2 else { return try await once(message, as: configuration, token: nil, before: deadline) }
        let token = try await token(oauth2, before: deadline)
        let response = try await once(message, as: configuration, token: token, before: deadline)
        guard response.status == .unauthorized else { return response }
        await tokens.forget(token, of: oauth2)
        return try await once(message, as: configuration, token: try await self.token(oauth2, before: deadline), before: deadline)
    }

    /// One request without a second try for want of a good token.
    func once(
        _ request: HTTPClientRequest, as configuration: HTTPClientConfiguration, token: OAuth2Tokens.Token?, before deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        let prepared = try await prepare(configuration)
        let named = configuration.tls.serverName.flatMap { NamedServer(request.url, serverName: $0) }
        let client = try client(for: configuration, url: request.url, host: named?.host, prepared.tlsFiles)
        var message = HTTPClientRequest(url: named?.url ?? request.url)
        (message.method, message.headers, message.body) = (request.method, request.headers, request.body)
        if let named { message.headers.add(name: "Host", value: named.authority) }
        message.headers.add(name: "User-Agent", value: userAgent)
        let own = prepared.headers + (token.map { [("Authorization", "\($0.type) \($0.text)")] } ?? [])
        for (name, _) in own { message.headers.remove(name: name) }
        for (name, value) in own { message.headers.add(name: name, value: try Self.checked(value, name)) }
        do {
            return try await client.execute(message, deadline: deadline)
        } catch let error where TransportFailure.isLostConnection(error) {
            return try await client.execute(message, deadline: deadline)
        }
    }

    /// The client would show a value that cannot be sent.
    private static func checked(_ value: String, _ name: String) throws -> String {
        if value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }) {
            throw WebError("the value of the header \(name) has a character that no header may have")
        }
        return value
    }

    /// Whether no proxy is between us and a URL.
    public func goesDirectly(to url: String, as configuration: HTTPClientConfiguration) -> Bool {
        // One whose address cannot be read is told of where a request is made.
        do { return try proxies.server(for: url, configuration.proxy) == nil } catch { return false }
    }

    // MARK: Files

    func prepare(_ configuration: HTTPClientConfiguration) async throws -> Prepared {
        guard configuration.hasFiles else { return try read(configuration) }
        return try await readers.run { try self.read(configuration) }
    }

    private func read(_ configuration: HTTPClientConfiguration) throws -> Prepared {
        Prepared(
            headers: try Credentials(readFile: readFile).headers(configuration),
            tlsFiles: try TLSFiles(readFile: readFile).contents(configuration.tls),
            secret: try configuration.oauth2?.clientSecretFile.map(Credentials(readFile: readFile).trimmed)
                ?? configuration.oauth2?.clientSecret?.revealed)
    }

    // MARK: Clients

    private func client(
        for configuration: HTTPClientConfiguration, url: String, host: String?, _ files: [String: [UInt8]]
    ) throws -> HTTPClient {
        let key = Key(
            tls: configuration.tls, followRedirects: configuration.followRedirects, enableHTTP2: configuration.enableHTTP2,
            proxy: try proxies.server(for: url, configuration.proxy), host: host, files: files)
        if let client = state.withLock({ $0.clients[key] }) { return client }
        let tls = try TLSFiles { files[$0] ?? [] }.configuration(configuration.tls)
        return state.withLock { state in
            if let client = state.clients[key] { return client }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options(key, tls))
            for old in state.clients.keys where !files.isEmpty && old.withoutFiles == key.withoutFiles {
                if let replaced = state.clients.removeValue(forKey: old) { retire(replaced, &state) }
            }
            state.clients[key] = client
            return client
        }
    }

    /// Requests under way end within this time.
    private func retire(_ client: HTTPClient, _ state: inout State) {
        state.retired.append(client)
        Task { [weak self] in
            try? await Task.sleep(for: .seconds(600))
            let isOurs = self?.state.withLock { state in
                let count = state.retired.count
                state.retired.removeAll { $0 === client }
                return state.retired.count < count
            }
            if isOurs == true { try? await client.shutdown() }
        }
    }

    private func options(_ key: Key, _ tls: NIOSSL.TLSConfiguration) -> HTTPClient.Configuration {
        var options = HTTPClient.Configuration(tlsConfiguration: tls)
        options.redirectConfiguration = key.followRedirects ? .follow(max: 10, allowCycles: false) : .disallow
        if let host = key.host, let name = key.tls.serverName {
            options.dnsOverride = [name: host]
            // The next host would be told the first one's `Host` header, and its certificate would be held against its own name.
            options.redirectConfiguration = .disallow
        }
        options.proxy = key.proxy?.configuration
        options.httpVersion = key.enableHTTP2 ? .automatic : .http1Only
        options.connectionPool.idleTimeout = connections.idle
        // A server that refuses connections is down now, not when the timeout is over.
        options.connectionPool.retryConnectionEstablishment = false
        options.decompression = .disabled
        if connections.isSmall { options.http1_1ConnectionDebugInitializer = { channel in Self.keepSmall(channel) } }
        return options
    }

    /// A connection keeps the buffers it reads into from request to request, by default four of 64 KiB: with a hundred targets more than the
    /// head's chunks take.
    private static func keepSmall(_ channel: any Channel) -> EventLoopFuture<Void> {
        let small = channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 << 10))
        return small.flatMap { channel.setOption(.maxMessagesPerRead, value: 1) }
    }
}

extension HTTPClientConfiguration {
    /// Whether a request needs anything from a file.
    fileprivate var hasFiles: Bool { !namedFiles.isEmpty }
}
