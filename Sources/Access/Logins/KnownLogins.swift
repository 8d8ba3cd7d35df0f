import Crypto
import Synchronization

/// What checks of credentials have given, so that a password is checked once and not with every request; and the checks that are under way.
///
/// Known by a keyed hash of the header as it was sent, whose key is made at the start and never leaves the process.
final class KnownLogins: Sendable {
    struct Key: Hashable {
        fileprivate let a, b, c, d: UInt64
    }

    private struct State {
        var right: [Key: Login] = [:]
        var wrong: Set<Key> = []
        var checks: [Key: [CheckedContinuation<Known, Never>]] = [:]

        func known(_ key: Key) -> Known {
            if let login = right[key] { return .right(login) }
            return wrong.contains(key) ? .wrong : .unknown
        }
    }

    enum Known: Sendable {
        case right(Login)
        case wrong
        case unknown

        init(_ login: Login?) { self = login.map { .right($0) } ?? .wrong }
    }

    private static let mostRight = 1024
    private static let mostWrong = 256

    /// Has taken in what nobody knows.
    private let secret: SHA256
    private let state = Mutex(State())

    init() {
        var secret = SHA256()
        SymmetricKey(size: .init(bitCount: 512)).withUnsafeBytes { secret.update(bufferPointer: $0) }
        self.secret = secret
    }

    func key(_ header: String) -> Key {
        var (hash, header) = (secret, header)
        header.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return hash.finalize().withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
            return Key(a: word(0), b: word(1), c: word(2), d: word(3))
        }
    }

    /// A number that is the same for the same bytes, and cannot be foretold.
    func number(_ bytes: [UInt8]) -> UInt64 { key(String(decoding: bytes, as: UTF8.self)).a }

    subscript(key: Key) -> Known { state.withLock { $0.known(key) } }

    /// Waits for the result of a check that somebody else has begun. Nil: there is none, and the caller has to begin one and must call `ended`.
    func join(_ key: Key) async -> Known? {
        let isFirst = state.withLock { state in
            if state.checks[key] != nil { return false }
            state.checks[key] = []
            return true
        }
        if isFirst { return nil }
        return await withCheckedContinuation { waiter in
            let known: Known? = state.withLock { state in
                guard state.checks[key] != nil else { return state.known(key) }
                state.checks[key]?.append(waiter)
                return nil
            }
            if let known { waiter.resume(returning: known) }
        }
    }

    /// - Parameter known: unknown if the check could not be made.
    func ended(_ key: Key, _ known: Known) {
        let waiters = state.withLock { state in
            switch known {
            case .right(let login):
                if state.right.count >= Self.mostRight { state.right.removeAll() }
                state.right[key] = login
            case .wrong:
                if state.wrong.count >= Self.mostWrong { state.wrong.removeAll() }
                state.wrong.insert(key)
            case .unknown: break
            }
            return state.checks.removeValue(forKey: key) ?? []
        }
        for waiter in waiters { waiter.resume(returning: known) }
    }
}
