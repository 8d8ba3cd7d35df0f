import Foundation
import GRDB

/// Bytes as SQLite takes them. Texts from outside go in as bytes too: SQLite would end them at a NUL.
extension Data {
    init(text: String) { self.init(text.utf8) }
}

// What a damaged file holds may be of any type: so all of these throw.
extension Row {
    func bytes(_ column: Int) throws -> [UInt8] { [UInt8](try decode(Data.self, atIndex: column)) }
    func integer(_ column: Int) throws -> Int64 { try decode(Int64.self, atIndex: column) }
    func text(_ column: Int) throws -> String { try decode(String.self, atIndex: column) }
    func optionalText(_ column: Int) throws -> String? { try decode(String?.self, atIndex: column) }
}
