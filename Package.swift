// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is strict: imports are visible only where they are written, and `any` is spelled out.
// Exclusive access is checked as the program runs in every test, and not in a release: it is a tenth and more of folding.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    ],
    targets: [
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Access", "APIClient", "Catalog", "ClientConfiguration", "ConfigurationFile", "Demo", "Exposition", "Model", "Notifications",
                "Notifier", "PromQL", "Rules", "Runtime", "Scraping", "Server", "StorageTools", "StrictYAML", "TSDB", "WebClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "Access", "Alertmanagers", "Catalog", "ConfigurationFile", "HTTPAPI", "Notifications", "Notifier", "WebClient",
                "ClientConfiguration", "PromQL", "RemoteProtocols", "Rules", "Runtime", "Scraping", "StrictYAML", "TSDB", "Model",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "ConfigurationFile",
            dependencies: ["Alertmanagers", "ClientConfiguration", "Notifier", "PromQL", "Rules", "Scraping", "StrictYAML", "TSDB", "Model"],
            swiftSettings: strict),
        .target(name: "Alertmanagers", dependencies: ["ClientConfiguration", "Rules", "Scraping", "Runtime", "Model"], swiftSettings: strict),
        .target(name: "Notifier", dependencies: ["ClientConfiguration", "Templates", "StrictYAML", "Model"], swiftSettings: strict),
        .target(
            name: "Notifications",
            dependencies: [
                "Catalog", "Notifier", "ClientConfiguration", "StrictYAML", "Templates", "WebClient", "Runtime", "Model",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Catalog",
            dependencies: [
                "Notifier", "TSDB", "Runtime", "Model", "CLinux", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Formats"], swiftSettings: strict),
        .target(
            name: "Access",
            dependencies: [
                "Catalog", "StrictYAML", "Runtime", "Model", "CCrypt",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "WebClient",
            dependencies: [
                "ClientConfiguration", "Runtime", "Model",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        .target(name: "ClientConfiguration", dependencies: ["StrictYAML", "Model"], swiftSettings: strict),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "Access", "Catalog", "Notifier", "Rules", "PromQL", "TSDB", "Exposition", "Runtime", "Model", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Routing/roles.md"], swiftSettings: strict),
        .target(name: "RemoteProtocols", dependencies: ["TSDB", "Exposition", "Runtime", "Model", "CSnappy"], swiftSettings: strict),
        .target(name: "Rules", dependencies: ["Templates", "PromQL", "TSDB", "Runtime", "StrictYAML", "Model"], swiftSettings: strict),
        .target(name: "Templates", dependencies: ["Model", "CLinux"], swiftSettings: strict),
        .target(
            name: "Scraping",
            dependencies: [
                "ClientConfiguration", "WebClient", "TSDB", "Exposition", "Runtime", "StrictYAML", "Model", "CLinux", "CPoll", "CZlib",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Demo",
            dependencies: [
                "Scraping", "TSDB", "Runtime", "StrictYAML", "Model",
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "APIClient",
            dependencies: [
                "ClientConfiguration", "WebClient", "Model", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(name: "StorageTools", dependencies: ["Catalog", "PromQL", "Exposition", "TSDB", "Chunks", "Model"], swiftSettings: strict),
        .target(name: "PromQL", dependencies: ["TSDB", "Chunks", "Runtime", "Model"], exclude: ["Tiers.md"], swiftSettings: strict),
        .target(name: "Exposition", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "StrictYAML", dependencies: ["Model", .product(name: "Yams", package: "Yams")], swiftSettings: strict),
        .target(name: "Runtime", dependencies: ["Model", "CLinux"], swiftSettings: strict),
        .target(name: "TSDB", dependencies: ["Chunks", "Runtime", "Model", "CLinux", "CSnappy"], exclude: ["Formats"], swiftSettings: strict),
        .target(name: "Chunks", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "Model", dependencies: ["CLinux", "CRE2"], swiftSettings: strict),
        .target(name: "CLinux"),
        .target(name: "CPoll"),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSnappy", providers: [.apt(["libsnappy-dev"])]),
        .target(name: "TestKit", dependencies: ["TSDB", "Model"], path: "Tests/TestKit", swiftSettings: strict),
        .executableTarget(name: "CodecBenchmark", dependencies: ["Chunks", "Model"], path: "Benchmarks/Codec", swiftSettings: strict),
        .executableTarget(name: "AggregateFuzz", dependencies: ["Chunks", "Model", "TestKit"], path: "Tests/Fuzz/Aggregates", swiftSettings: strict),
        .executableTarget(
            name: "ParserFuzz", dependencies: ["PromQL", "Runtime", "Model", "TestKit"], path: "Tests/Fuzz/Parser", swiftSettings: strict),
        .executableTarget(
            name: "TemplateFuzz", dependencies: ["Templates", "Runtime", "Model", "TestKit"], path: "Tests/Fuzz/Templates", swiftSettings: strict),
        .executableTarget(
            name: "AccessFuzz", dependencies: ["Access", "TestKit", .product(name: "NIOSSL", package: "swift-nio-ssl")], path: "Tests/Fuzz/Access",
            swiftSettings: strict),
        .executableTarget(
            name: "RemoteWriteFuzz", dependencies: ["RemoteProtocols", "TSDB", "Runtime", "Model", "TestKit"], path: "Tests/Fuzz/RemoteWrite",
            swiftSettings: strict),
        .executableTarget(name: "DNSFuzz", dependencies: ["Scraping", "TestKit"], path: "Tests/Fuzz/DNS", swiftSettings: strict),
        .executableTarget(
            name: "PageFuzz", dependencies: ["Scraping", "Exposition", "TSDB", "Model", "TestKit"], path: "Tests/Fuzz/Pages", swiftSettings: strict),
        .executableTarget(name: "LeanHTTPFuzz", dependencies: ["Scraping", "TestKit"], path: "Tests/Fuzz/LeanHTTP", swiftSettings: strict),
        .executableTarget(
            name: "ProtobufFuzz", dependencies: ["Scraping", "Exposition", "TSDB", "Runtime", "Model", "TestKit"], path: "Tests/Fuzz/Protobuf",
            swiftSettings: strict),
        .executableTarget(
            name: "DiscoveryFuzz", dependencies: ["Scraping", "Model", "TestKit"], path: "Tests/Fuzz/Discovery", swiftSettings: strict),
        .executableTarget(
            name: "NotifierFuzz", dependencies: ["Notifier", "StrictYAML", "Model", "TestKit"], path: "Tests/Fuzz/Notifier", swiftSettings: strict),
        .executableTarget(
            name: "AlertmanagerFuzz", dependencies: ["HTTPAPI", "Notifier", "Model", "TestKit"], path: "Tests/Fuzz/Alertmanager",
            swiftSettings: strict),
        .executableTarget(
            name: "MailFuzz", dependencies: ["Notifications", "Notifier", "TestKit"], path: "Tests/Fuzz/Mail", swiftSettings: strict),
        .executableTarget(
            name: "NotifierReplay", dependencies: ["Notifier", "ClientConfiguration", "StrictYAML", "Model"], path: "Tests/NotifierReplay",
            swiftSettings: strict),
        .executableTarget(
            name: "CatalogFuzz",
            dependencies: ["Catalog", "Notifier", "Runtime", "TSDB", "Model", "TestKit", .product(name: "GRDB", package: "GRDB.swift")],
            path: "Tests/Fuzz/Catalog", swiftSettings: strict),
        .executableTarget(
            name: "CatalogBenchmark", dependencies: ["Catalog", "Notifier", "Runtime", "TSDB", "Model"], path: "Benchmarks/Catalog",
            swiftSettings: strict),
        .executableTarget(
            name: "RulesBenchmark", dependencies: ["Rules", "PromQL", "TSDB", "Model"], path: "Benchmarks/Rules", swiftSettings: strict),
        .executableTarget(name: "TierBenchmark", dependencies: ["PromQL", "TSDB", "Model"], path: "Benchmarks/Tiers", swiftSettings: strict),
        .executableTarget(
            name: "StorageBenchmark", dependencies: ["TSDB", "Runtime", "Model"], path: "Benchmarks/Storage", swiftSettings: strict),
        .executableTarget(
            name: "HistoryWriter", dependencies: ["TSDB", "Runtime", "Model"], path: "Benchmarks/History", swiftSettings: strict),
    ]
        + [
            tests(of: "Model", "TestKit"),
            tests(of: "Runtime"),
            tests(of: "Chunks", "AggregateFuzz", "Model", "TestKit", "CodecBenchmark"),
            tests(of: "TSDB", "Chunks", "Model", "Runtime", "TestKit", "StorageBenchmark"),
            .testTarget(name: "WALTests", dependencies: ["TSDB", "Model", "TestKit"], swiftSettings: strict),
            .testTarget(
                name: "SimulationTests", dependencies: ["TSDB", "Model", "TestKit"], exclude: ["planted.py", "planted_bugs.py"], swiftSettings: strict
            ),
            tests(of: "PromQL", "TSDB", "Chunks", "Runtime", "Model", "TestKit"),
            .testTarget(
                name: "PromQLParserTests", dependencies: ["ParserFuzz", "PromQL", "Runtime", "Model", "TestKit"], swiftSettings: strict),
            tests(of: "Exposition", "Model", "TestKit"),
            tests(of: "RemoteProtocols", "RemoteWriteFuzz", "TSDB", "Runtime", "Model", "TestKit"),
            tests(of: "StrictYAML"),
            .testTarget(
                name: "AccessTests",
                dependencies: [
                    "Access", "AccessFuzz", "Catalog", "Runtime", "StrictYAML", "Model", "TestKit",
                    .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Logging", package: "swift-log"),
                ],
                swiftSettings: strict),
            tests(of: "Templates", "Model"),
            tests(of: "Rules", "PromQL", "TSDB", "Runtime", "StrictYAML", "Model", "TestKit"),
            .testTarget(
                name: "WebClientTests",
                dependencies: [
                    "WebClient", "ClientConfiguration", "TestKit", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                ],
                swiftSettings: strict),
            tests(
                of: "Notifications", "Catalog", "Notifier", "ClientConfiguration", "StrictYAML", "Templates", "WebClient", "Runtime", "Model",
                "TestKit"),
            tests(
                of: "Scraping", "ClientConfiguration", "WebClient", "DNSFuzz", "DiscoveryFuzz", "LeanHTTPFuzz", "PageFuzz", "ProtobufFuzz", "Exposition",
                "TSDB",
                "Runtime",
                "StrictYAML", "Model", "CZlib",
                "TestKit"),
            tests(of: "Alertmanagers", "ClientConfiguration", "Rules", "PromQL", "Scraping", "TSDB", "Runtime", "StrictYAML", "Model", "TestKit"),
            tests(
                of: "ConfigurationFile", "Alertmanagers", "ClientConfiguration", "Notifier", "Rules", "Scraping", "StrictYAML", "PromQL", "TSDB",
                "Model"),
            tests(of: "Notifier", "ClientConfiguration", "Templates", "StrictYAML", "Model", "TestKit"),
            .testTarget(
                name: "CatalogTests",
                dependencies: ["Catalog", "Notifier", "TSDB", "Runtime", "Model", "TestKit", .product(name: "GRDB", package: "GRDB.swift")],
                swiftSettings: strict),
            tests(of: "HTTPAPI", "Access", "Catalog", "Notifier", "Rules", "PromQL", "TSDB", "Runtime", "Model", "TestKit"),
            tests(of: "StorageTools", "Catalog", "TSDB", "Chunks", "Runtime", "Model", "TestKit"),
            tests(of: "Demo", "Scraping", "TSDB", "StrictYAML", "Model", "TestKit"),
            .testTarget(
                name: "OutageTests",
                dependencies: ["Demo", "Scraping", "Rules", "PromQL", "Notifier", "TSDB", "Runtime", "StrictYAML", "Model", "TestKit"],
                swiftSettings: strict),
            .testTarget(
                name: "ServerTests",
                dependencies: [
                    "Server", "APIClient", "martlet", "Catalog", "Rules", "PromQL", "Scraping", "Runtime", "TSDB", "Model", "TestKit",
                    .product(name: "AsyncHTTPClient", package: "async-http-client"),
                    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                    .product(name: "Logging", package: "swift-log"),
                ],
                swiftSettings: strict),
        ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

/// The tests of one target, in the folder named after it.
func tests(of target: String, _ more: String...) -> Target {
    .testTarget(name: target + "Tests", dependencies: ([target] + more).map { .byName(name: $0) }, swiftSettings: strict)
}
