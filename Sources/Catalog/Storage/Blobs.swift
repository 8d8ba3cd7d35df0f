import Foundation
import GRDB

/// Bytes as SQLite takes them. Texts from outside go in as bytes too: SQLite would end them at a NUL.
extension Data {
    init(text: String) { self.init(text.utf8) }
}

extension Row {
    func bytes(_ column: Int) -> [UInt8] { (self[column] as Data?).map { [UInt8]($0) } ?? [] }
}
