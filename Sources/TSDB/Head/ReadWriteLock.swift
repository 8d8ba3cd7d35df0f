import Glibc

/// Many readers or one writer. A waiting writer goes before new readers, so that a stream of queries cannot hold up appends.
final class ReadWriteLock: @unchecked Sendable {
    // The lock's memory never moves and is only touched through the pthread calls.
    private let raw: UnsafeMutablePointer<pthread_rwlock_t>

    init() {
        raw = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        pthread_rwlock_init(raw, &attributes)
        pthread_rwlockattr_destroy(&attributes)
    }

    deinit {
        pthread_rwlock_destroy(raw)
        raw.deallocate()
    }

    @inline(__always)
    func reading<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        pthread_rwlock_rdlock(raw)
        defer { pthread_rwlock_unlock(raw) }
        return try body()
    }

    @inline(__always)
    func writing<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        pthread_rwlock_wrlock(raw)
        defer { pthread_rwlock_unlock(raw) }
        return try body()
    }
}
