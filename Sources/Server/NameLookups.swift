import Runtime
import Scraping
import Synchronization

/// Looks up names on threads of their own, which begin with the first name: most servers have none to look up.
final class NameLookups: Sendable {
    /// Name servers that do not answer are waited for; others' answers must not wait with them.
    private static let threads = 4

    private let resolver: any DNSResolver
    private let pool = Mutex<WorkerPool?>(nil)
    private let all: Counter
    private let failures: Counter

    init(_ resolver: any DNSResolver, _ registry: MetricsRegistry) {
        self.resolver = resolver
        all = registry.counter("prometheus_sd_dns_lookups_total", help: "Names looked up.")
        failures = registry.counter("prometheus_sd_dns_lookup_failures_total", help: "Lookups of names that failed.")
    }

    /// Calls `take` on one of the threads.
    func lookUp(_ name: String, _ type: DNSRecordType, _ take: @escaping @Sendable (Result<[DNSRecord], DNSError>) -> Void) {
        let pool = pool.withLock { pool in
            let threads = pool ?? WorkerPool(name: "dns", threads: Self.threads, queueLimit: .max)
            pool = threads
            return threads
        }
        pool.submit { [self] in
            all.increment()
            do throws(DNSError) {
                take(.success(try resolver.lookUp(name, type)))
            } catch {
                failures.increment()
                take(.failure(error))
            }
        }
    }
}
