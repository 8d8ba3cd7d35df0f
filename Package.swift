// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is strict: imports are visible only where they are written, and `any` is spelled out.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
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
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Server", "Demo", "PromQL", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: ["HTTPAPI", "Rules", "Scraping", "StrictYAML", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(
            name: "HTTPAPI",
            dependencies: ["PromQL", "TSDB", "Exposition", "Runtime", "CZlib", .product(name: "Hummingbird", package: "hummingbird")],
            swiftSettings: strict),
        .target(name: "Rules", dependencies: ["PromQL", "StrictYAML"], swiftSettings: strict),
        .target(
            name: "Scraping",
            dependencies: [
                "TSDB", "Exposition", "Runtime", "StrictYAML", "CZlib",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(name: "Demo", dependencies: [.product(name: "Hummingbird", package: "hummingbird")], swiftSettings: strict),
        .target(name: "PromQL", dependencies: ["TSDB", "Chunks", "Model"], swiftSettings: strict),
        .target(name: "Exposition", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "StrictYAML", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: strict),
        .target(name: "Runtime", dependencies: ["Model", "CLinux"], swiftSettings: strict),
        .target(name: "TSDB", dependencies: ["Chunks", "Model", "CLinux"], swiftSettings: strict),
        .target(name: "Chunks", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "Model", dependencies: ["CLinux", "CRE2"], swiftSettings: strict),
        .target(name: "CLinux"),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
