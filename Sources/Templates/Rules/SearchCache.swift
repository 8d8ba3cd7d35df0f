import Model
import Synchronization

/// The regular expressions that templates used last: their patterns are nearly always constants.
final class SearchCache: Sendable {
    static let shared = SearchCache()

    /// More would be a sign of patterns made of labels; then all are forgotten.
    private static let most = 256
    private let known = Mutex<[String: SearchRegex]>([:])

    /// Throws Go's message about a pattern that is none.
    func regex(_ pattern: String) throws(TemplateFailure) -> SearchRegex {
        if let regex = known.withLock({ $0[pattern] }) { return regex }
        let regex: SearchRegex
        do throws(SearchRegex.Invalid) {
            regex = try SearchRegex(pattern)
        } catch {
            throw TemplateFailure("error parsing regexp: \(Self.reason(error))")
        }
        known.withLock { known in
            if known.count >= Self.most { known.removeAll() }
            known[pattern] = regex
        }
        return regex
    }

    /// RE2's words on the left, Go's on the right.
    private static let words = [
        "missing ]": "missing closing ]", "missing )": "missing closing )", "trailing \\": "trailing backslash at end of expression",
        "no argument for repetition operator": "missing argument to repetition operator", "invalid repetition size": "invalid repeat count",
        "bad repetition operator": "invalid nested repetition operator", "invalid perl operator": "invalid or unsupported Perl syntax",
        "invalid named capture group": "invalid named capture",
    ]

    private static func reason(_ error: SearchRegex.Invalid) -> String {
        let reason = words[error.reason] ?? error.reason
        // A backslash at the end is at the end.
        return error.part.isEmpty ? "\(reason): ``" : "\(reason): `\(error.part)`"
    }
}
