import Exposition
import Model

/// Reads a page line by line, each as if it were the first of all: no cache, no fast way, labels put together one by one.
struct PlainPage {
    private(set) var samples: [PageMaker.Sample] = []
    private(set) var scraped = 0
    private(set) var duplicates = 0
    private let target: Labels
    private let honorsTimestamps: Bool
    private var seen: Set<[UInt8]> = []
    private var type: MetricType?

    /// Throws if no part of the page may be stored.
    init(_ bytes: [UInt8], _ format: ExpositionFormat, target: Labels, honorsTimestamps: Bool) throws {
        self.target = target
        self.honorsTimestamps = honorsTimestamps
        try bytes.withUnsafeBytes { page in
            var cursor = ExpositionCursor(page, format: format)
            while true {
                switch try cursor.next() {
                case .end: return
                case .type(_, let type): self.type = type
                case .series(let line): try take(line, cursor)
                default: break
                }
            }
        }
    }

    private mutating func take(_ line: SeriesLine, _ page: ExpositionCursor) throws {
        scraped += 1
        let labels = try labels(page[line.key], page.format)
        let time = honorsTimestamps ? line.timestamp : nil
        if !seen.insert(Array(page[line.key])).inserted, time == nil {
            duplicates += 1
            return
        }
        samples.append(PageMaker.Sample(labels: labels, value: line.value, time: time))
    }

    private func labels(_ key: UnsafeRawBufferPointer, _ format: ExpositionFormat) throws -> Labels {
        var builder = LabelsBuilder(try KeyReader.labels(key, format: format))
        if let bound = BoundText.label(of: type).map({ "\($0)" }), var text = builder[bound],
            let normal = text.withUTF8({ BoundText.normalized(UnsafeRawBufferPointer($0)) })
        {
            builder.set(bound, normal)
        }
        for label in target {
            let exposed = builder[label.name]
            builder.set(label.name, label.value)
            guard let exposed else { continue }
            var name = "exported_" + label.name
            while builder[name] != nil { name = "exported_" + name }
            builder.set(name, exposed)
        }
        let labels = builder.labels()
        guard labels.metricName != nil else {
            throw PageFuzz.Failure(description: "a series without a name")
        }
        return labels
    }
}
