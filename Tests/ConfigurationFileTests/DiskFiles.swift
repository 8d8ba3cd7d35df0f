import Foundation
import StrictYAML

extension FileReading {
    /// The real file system.
    static let disk = FileReading(
        read: { path in
            // A folder counts as readable, as it does for those who only ask whether a path is there.
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return [] }
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        },
        list: { try FileManager.default.contentsOfDirectory(atPath: $0) })

    /// Files that exist only here.
    static func memory(_ files: [String: String]) -> FileReading {
        FileReading(
            read: { path in
                guard let text = files[path] else { throw YAMLError(YAMLPlace(file: path, line: 1, column: 1), "no such file") }
                return Array(text.utf8)
            },
            list: { folder in
                files.keys.compactMap { path in
                    let (parent, last) = FilePaths.split(path)
                    return parent == folder || (parent.isEmpty && folder == ".") ? last : nil
                }
            })
    }
}
