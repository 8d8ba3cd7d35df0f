import Exposition
import Foundation
import Model
import Testing

/// The public OpenMetrics and exposition vectors, where they are at hand (`MARTLET_CONFORMANCE`).
@Suite("Conformance vectors")
struct ConformanceVectorTests {
    private static func folder(_ name: String) -> URL? {
        guard let root = ProcessInfo.processInfo.environment["MARTLET_CONFORMANCE"] else {
            print("SKIPPED: MARTLET_CONFORMANCE is not set, the \(name) vectors were not run")
            return nil
        }
        return URL(filePath: root).appending(path: name)
    }

    @Test func openMetricsSuite() throws {
        guard let folder = Self.folder("openmetrics") else { return }
        var refused = 0
        var bad = 0
        for test in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let page = [UInt8](try Data(contentsOf: test.appending(path: "metrics")))
            let verdict = String(decoding: try Data(contentsOf: test.appending(path: "test.json")), as: UTF8.self)
            let strict = Result { try page.withUnsafeBytes { try StrictOpenMetrics.check($0) } }
            if verdict.contains("\"shouldParse\": true") {
                #expect(throws: Never.self, "\(test.lastPathComponent)") { try ParsedPage(page, .openMetrics) }
                #expect(throws: Never.self, "\(test.lastPathComponent)") { try strict.get() }
            } else {
                bad += 1
                if case .failure = strict { refused += 1 } else { Issue.record("\(test.lastPathComponent) is accepted") }
            }
        }
        print("OpenMetrics vectors: \(refused) of \(bad) bad pages refused")
    }

    /// Every value equals what strtod reads at the end of the line.
    @Test func expositionPages() throws {
        guard let folder = Self.folder("exposition") else { return }
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let bytes = [UInt8](try Data(contentsOf: file))
            let format: ExpositionFormat = file.lastPathComponent.contains(".om.") ? .openMetrics : .text
            let page = try ParsedPage(bytes, format)
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(page.samples.count == lines.count, "\(file.lastPathComponent)")
            for (line, sample) in zip(lines, page.samples) {
                let end = line.lastIndex(of: "}") ?? line.firstIndex(of: " ") ?? line.startIndex
                let exemplar = line.range(of: " # {")?.lowerBound ?? line.endIndex
                let key = exemplar < end ? line[..<exemplar].lastIndex(of: "}") ?? end : end
                let value = line[key..<exemplar].dropFirst().split(separator: " ").first.map(String.init) ?? ""
                #expect(strtod(value, nil).bitPattern == sample.value.bitPattern || sample.value.isNaN, "\(line)")
            }
        }
    }
}
