import Exposition
import Model
import Scraping
import TSDB
import TestKit

private struct FixedClock: Clock {
    func now() -> Timestamp { PageLife.start + 200_000 }
    func monotonic() -> Int64 { 0 }
}

/// One target for some time, and all that is held against it.
struct PageLife {
    static let start: Timestamp = 1_700_000_400_000

    let hasBounds: Bool
    var maker: PageMaker
    private let format: ExpositionFormat
    private let target = Labels([(name: "instance", value: "i")])
    let options: TargetIngester.Options
    let head = Self.head()
    let otherHead = Self.head()
    private let ingester: TargetIngester
    private(set) var expected: [Labels: [Timestamp: UInt64]] = [:]

    init(_ random: inout SeededRandom) {
        format = random.below(2) == 0 ? .text : .openMetrics
        hasBounds = random.below(4) == 0
        maker = PageMaker(format, hasBounds: hasBounds)
        var options = TargetIngester.Options()
        options.honorTimestamps = random.below(4) > 0
        options.trackTimestampsStaleness = random.below(3) == 0
        self.options = options
        ingester = TargetIngester(
            head: head, targetLabels: target, options: options, metadata: TargetMetadata())
    }

    private static func head() -> Head {
        var options = HeadOptions()
        options.maxExemplars = 1000
        // So that no page moves the window behind which samples are too old.
        options.futureTolerance = 60_000
        options.recordsMetadata = true
        return Head(options: options, clock: FixedClock())
    }

    /// Stores the page in all ways; throws if they differ. Gives what was said of it, and the plain reading if there is one.
    mutating func take(_ page: PageFuzz.Page) throws -> (TargetIngester.Report, PlainPage?) {
        let buffer = PageBuffer()
        buffer.append(page.bytes)
        let type =
            format == .text ? "text/plain; version=1.0.0" : "application/openmetrics-text; version=1.0.0"
        let scraped = Result<ScrapedPage, ScrapeError>.success(
            ScrapedPage(body: buffer, contentType: type))
        let report = try ingester.ingest(scraped, at: page.time) { 0 }
        let newcomer = TargetIngester(
            head: otherHead, targetLabels: target, options: options, metadata: TargetMetadata())
        let other = try newcomer.ingest(scraped, at: page.time) { 0 }
        guard report.error == other.error, report.tally.scraped == other.tally.scraped,
            report.tally.kept == other.tally.kept,
            report.tally.duplicates == other.tally.duplicates
        else {
            throw PageFuzz.Failure(
                description:
                    "who knows the target says \(report.error?.description ?? "no error"), \(report.tally), "
                    + "who does not \(other.error?.description ?? "no error"), \(other.tally)")
        }
        let plain =
            page.bytes.isEmpty
            ? nil
            : try? PlainPage(
                page.bytes, format, target: target, honorsTimestamps: options.honorTimestamps)
        guard (plain != nil) == (report.error == nil) || page.bytes.isEmpty else {
            throw PageFuzz.Failure(
                description:
                    "read plainly the page is \(plain == nil ? "broken" : "sound"), stored it is not so: \(report)"
            )
        }
        if let plain {
            guard plain.scraped == report.tally.scraped, plain.duplicates == report.tally.duplicates
            else {
                throw PageFuzz.Failure(
                    description:
                        "\(plain.scraped) samples and \(plain.duplicates) repeats were counted as \(report.tally)"
                )
            }
            for sample in plain.samples where expected[sample.labels]?[sample.time ?? page.time] == nil {
                expected[sample.labels, default: [:]][sample.time ?? page.time] = sample.value.bitPattern
            }
        }
        return (report, plain)
    }
}
