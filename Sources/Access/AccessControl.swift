public import Catalog
public import Logging
public import Model
public import Runtime
public import StrictYAML
import Synchronization

/// Who may connect, and who may do what, by a web configuration that is read anew when it changes.
///
/// Whether it has is looked at when a connection or a request comes, at most four times a second. What it has become is refused as a whole if there
/// is something wrong with it; what was in force stays so.
public final class AccessControl: Sendable {
    /// Nanoseconds between two looks at the files.
    private static let restBetweenLooks: Int64 = 250_000_000

    private let path: String
    private let files: WebFiles
    private let clock: any Clock
    private let logger: Logger
    private let recording: (any Recording)?
    private let failed: FailedLogins
    private let refused: Counter
    private let reloadSucceeded: Gauge
    /// bcrypt is meant to be slow; one at a time leaves the machine to others.
    private let passwords = WorkerPool(name: "passwords", threads: 1, queueLimit: 1024)
    private let looks = WorkerPool(name: "web config", threads: 1, queueLimit: 1024)
    private let settings: Mutex<WebSettings>
    private let nextLook: Atomic<Int64>
    private let limiter = Mutex(RateLimiter())
    private let throttle: Mutex<LoginThrottle>
    /// Files that were refused, so that this is told once.
    private let refusedStamps = Mutex<[String: WebFiles.Stamp?]>([:])

    /// - Parameter gathering: for how long, in nanoseconds, the failed logins of an address are gathered before they are told of together.
    /// - Throws: what is wrong with the file at `path`, and where.
    public init(
        _ path: String, files: WebFiles, clock: any Clock, registry: MetricsRegistry, recording: (any Recording)? = nil,
        gathering: Int64 = 60_000_000_000, logger: Logger
    ) throws(YAMLError) {
        (self.path, self.files, self.clock, self.recording, self.logger) = (path, files, clock, recording, logger)
        let first = try WebSettings(path, files)
        settings = Mutex(first)
        nextLook = Atomic(clock.monotonic() + Self.restBetweenLooks)
        throttle = Mutex(LoginThrottle())
        failed = FailedLogins(registry, clock, recording, window: gathering, logger)
        refused = registry.counter("martlet_web_refused_logins_total", help: "Logins not looked at because too many of their address failed.")
        reloadSucceeded = registry.gauge("martlet_web_config_last_reload_successful", help: "Whether the web configuration as it is now is in force.")
        reloadSucceeded.set(1)
        limiter.withLock { $0.set(first.configuration.rateLimit, now: clock.monotonic()) }
        tellWarnings(first)
    }

    /// Reads a file as the server would, with its certificates, keys and tokens.
    /// - Throws: what is wrong with it, and where.
    public static func check(_ path: String, files: WebFiles) throws(YAMLError) -> WebConfiguration { try WebSettings(path, files).configuration }

    /// What goes with every answer.
    public var headers: [(name: String, value: String)] { settings.withLock { $0.headers } }

    /// The configuration in force.
    public var configuration: WebConfiguration { settings.withLock { $0 }.configuration }

    // MARK: Connections

    /// What speaks TLS on a new connection; nil for plain HTTP.
    public func tls() async -> ServerTLS? { await current().tls }

    // MARK: Requests

    /// What comes of a request.
    public enum Verdict: Sendable {
        /// It may go on; with nobody's name where nobody has to say it.
        case admitted(Login?)
        /// It does not say who it is from, or something that is not true; with what it could say.
        case unknown(challenges: [String])
        /// It is from somebody who may do other things.
        case forbidden(Login)
        /// It is one too many; to be sent again after so many seconds.
        case busy(seconds: Int)
    }

    /// - Parameters:
    ///   - authorization: the header, as it was sent.
    ///   - certificate: what the connection's client has shown.
    ///   - client: where the request comes from, address and port.
    public func judge(authorization: String?, certificate: ClientCertificate?, client: String, for audience: Audience) async -> Verdict {
        let settings = await current()
        guard limiter.withLock({ $0.allows(now: clock.monotonic()) }) else { return .busy(seconds: 1) }
        guard settings.needsLogin else { return .admitted(settings.login(certificate)) }
        if audience == .anyone { return .admitted(nil) }
        guard let authorization else {
            guard let login = settings.login(certificate) else { return .unknown(challenges: settings.challenges) }
            return login.belongs(to: audience) ? .admitted(login) : .forbidden(login)
        }
        switch await check(authorization, settings, client) {
        case .right(let login): return login.belongs(to: audience) ? .admitted(login) : .forbidden(login)
        case .wrong: return .unknown(challenges: settings.challenges)
        case .unknown: return .busy(seconds: 1)
        }
    }

    /// Unknown if there is no time to look at it.
    private func check(_ authorization: String, _ settings: WebSettings, _ client: String) async -> KnownLogins.Known {
        let key = settings.logins.key(authorization)
        let known = settings.logins[key]
        if case .right = known { return known }
        guard let credentials = Credentials(authorization) else { return .wrong }
        let address = ClientAddress.withoutPort(client)
        switch known {
        case .right(let login): return .right(login)
        case .wrong: return await throttled(credentials, address) { .wrong }
        case .unknown:
            // Of many requests with the same credentials, as a page sends them, one is looked at.
            if let known = await settings.logins.join(key) { return known }
            let known = await throttled(credentials, address) { await login(credentials, settings) }
            settings.logins.ended(key, known)
            return known
        }
    }

    /// Looks at credentials, unless too many of this address are being looked at. The result is kept back if they are wrong.
    private func throttled(
        _ credentials: Credentials, _ address: String, _ look: () async -> KnownLogins.Known
    ) async -> KnownLogins.Known {
        guard throttle.withLock({ $0.begin(address) }) else {
            refused.increment()
            return .unknown
        }
        let known = await look()
        if case .wrong = known { await keepBack(credentials, address) }
        throttle.withLock { $0.end(address) }
        return known
    }

    private func login(_ credentials: Credentials, _ settings: WebSettings) async -> KnownLogins.Known {
        switch credentials {
        case .token(let token): return KnownLogins.Known(settings.login(token: token))
        case .password(let user, let password):
            do {
                return KnownLogins.Known(try await passwords.run { settings.login(user: user, password: password) })
            } catch {
                return .unknown
            }
        }
    }

    private func keepBack(_ credentials: Credentials, _ address: String) async {
        failed.add(credentials, from: address)
        let delay = throttle.withLock { $0.failed(address, user: credentials.claimed, now: clock.monotonic()) }
        if delay > 0 { try? await Task.sleep(nanoseconds: UInt64(delay)) }
        throttle.withLock { $0.release() }
    }

    // MARK: Changes

    private func current() async -> WebSettings {
        if isTimeToLook { try? await looks.run { [self] in look() } }
        return settings.withLock { $0 }
    }

    /// For one; the others go on with what is in force.
    private var isTimeToLook: Bool {
        let (now, due) = (clock.monotonic(), nextLook.load(ordering: .relaxed))
        guard now >= due else { return false }
        return nextLook.compareExchange(expected: due, desired: now + Self.restBetweenLooks, ordering: .relaxed).exchanged
    }

    private func look() {
        let old = settings.withLock { $0 }
        guard old.isOutdated(files) else { return }
        let stamps = old.stamps.keys.reduce(into: [:]) { $0[$1] = files.stamp($1) }
        guard refusedStamps.withLock({ $0 != stamps }) else { return }
        do {
            let new = try WebSettings(path, files)
            try check(new, after: old)
            settings.withLock { $0 = new }
            limiter.withLock { $0.set(new.configuration.rateLimit, now: clock.monotonic()) }
            refusedStamps.withLock { $0 = [:] }
            reloadSucceeded.set(1)
            logger.info("web configuration reloaded", metadata: ["file": "\(path)"])
            record(failure: nil)
            tellWarnings(new)
        } catch {
            refusedStamps.withLock { $0 = stamps }
            reloadSucceeded.set(0)
            logger.error("the new web configuration is refused; the old one stays in force", metadata: ["problem": "\(error)"])
            record(failure: "\(error)")
        }
    }

    private func record(failure: String?) {
        recording?.record(.audit(AuditRecord(time: clock.now(), by: .server, action: "web-configuration.reload", object: path, failure: failure)))
    }

    private func check(_ new: WebSettings, after old: WebSettings) throws(YAMLError) {
        let place = YAMLPlace(file: path, line: 1, column: 1)
        if (new.tls == nil) != (old.tls == nil) { throw YAMLError(place, "TLS is switched on and off by a restart only") }
        // A file that is being written is empty at first.
        if old.configuration.isClosed, new.configuration.isEmpty { throw YAMLError(place, "the file is empty, which would let everybody in") }
    }

    private func tellWarnings(_ settings: WebSettings) {
        for warning in settings.configuration.warnings { logger.warning("web configuration", metadata: ["problem": "\(warning)"]) }
    }
}
