import StrictYAML
import Testing

@testable import ConfigurationFile

/// The `storage` block.
struct StorageTests {
    private func load(_ storage: String) throws -> ServerConfiguration {
        try ConfigurationLoader.load("m.yml", files: FileReading(read: { _ in Array(storage.utf8) }, list: { _ in [] }))
    }

    @Test func everyKeyIsRead() throws {
        let configuration = try load(
            """
            storage:
              tsdb:
                out_of_order_time_window: 30m
                stale_series_compaction_threshold: 0.25
                chunk_encoding: { floats: xor }
                retention: { time: 90d, size: 1536MB, percentage: 70 }
              exemplars: { max_exemplars: 5000 }
            """)
        var expected = StorageConfiguration()
        expected.outOfOrderWindow = 30 * 60_000
        expected.staleSeriesThreshold = 0.25
        expected.retention = .init(time: 90 * 86_400_000, size: 1536 << 20, percentage: 70)
        expected.maxExemplars = 5000
        #expect(configuration.storage == expected)
        #expect(configuration.warnings.isEmpty)
        #expect(try load(configuration.redacted).storage == expected)
    }

    @Test func nothingIsSaid() throws {
        #expect(try load("global: {}").storage == StorageConfiguration())
        #expect(try load("storage: { tsdb: { out_of_order_time_window: 0s } }").storage.outOfOrderWindow == 0)
        #expect(StorageConfiguration().outOfOrderWindow == 600_000)
    }

    @Test(arguments: [
        ("storage: { tsdb: { retention: { percentage: 101 } } }", "the percentage must be from 0 to 100"),
        ("storage: { tsdb: { retention: { size: 10 } } }", "expected a size with its unit"),
        ("storage: { tsdb: { stale_series_compaction_threshold: 2 } }", "the threshold must be from 0 to 1"),
        ("storage: { tsdb: { chunk_encoding: { floats: gorilla } } }", "gorilla"),
        ("storage: { tsdb: { retention_time: 1d } }", "retention_time"),
    ])
    func mistakes(text: String, told: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        #expect(error?.description.contains(told) == true)
        #expect(error?.description.hasPrefix("m.yml:1:") == true)
    }
}
