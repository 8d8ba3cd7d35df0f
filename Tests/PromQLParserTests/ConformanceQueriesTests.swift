import Glibc
import PromQL
import Testing

@Suite("The public test scripts of PromQL")
struct ConformanceQueriesTests {
    @Test("every query parses and survives printing")
    func queries() throws {
        guard let root = getenv("MARTLET_CONFORMANCE").map({ String(cString: $0) }) else {
            print("SKIPPED: no public test scripts, set MARTLET_CONFORMANCE to their folder")
            return
        }
        let queries = Self.scripts(in: root + "/promql").flatMap(Self.queries)
        #expect(queries.count > 2000)
        for query in queries {
            let expr = try PromQLParser.parse(query, options: .everything)
            #expect(try PromQLParser.parse(expr.description, options: .everything) == expr, "\(query)")
        }
    }

    private static func scripts(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var texts: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".test") { texts.append(content(of: folder + "/" + name)) }
        }
        return texts
    }

    private static func content(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What follows `eval instant at T` and `eval range from A to B step C`.
    private static func queries(in script: String) -> [String] {
        script.split(separator: "\n").compactMap { line in
            let words = line.split(maxSplits: 9, whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count > 4, words[0].hasPrefix("eval") else { return nil }
            let skipped = words[1] == "instant" ? 4 : 8
            let rest = line.split(maxSplits: skipped, whereSeparator: { $0 == " " || $0 == "\t" })
            return rest.count > skipped ? String(rest[skipped]) : nil
        }
    }
}
