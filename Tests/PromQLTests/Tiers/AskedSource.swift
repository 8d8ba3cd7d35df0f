import Model
import Synchronization
import TSDB

@testable import PromQL

/// Has nothing, and keeps what it was asked for: the name and the coarsest resolution.
final class AskedSource: SeriesSource {
    let asked = Mutex<[String]>([])

    func select(_ selection: Selection) throws -> any SeriesSet {
        asked.withLock { $0.append("\(selection.matchers[0].value) \(selection.coarsest)") }
        return try ArraySource().select(selection)
    }

    func labelNames(_ selection: Selection) throws -> [String] { [] }
    func labelValues(_ name: String, _ selection: Selection) throws -> [String] { [] }
}
