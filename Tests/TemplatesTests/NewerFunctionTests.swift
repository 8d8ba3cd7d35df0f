import Testing

@Suite("Functions of newer versions")
struct NewerFunctionTests {
    @Test(
        "expand",
        arguments: [
            ("{{now}}", .text("1.7e+09")),
            ("{{now | toTime}}", .text("2023-11-14 22:13:20 +0000 UTC")),
            ("{{toDuration 90}}", .text("1m30s")),
            (#"{{toDuration 3661.5}} {{toDuration 0.0025}} {{toDuration "0"}}"#, .text("1h1m1.5s 2.5ms 0s")),
            ("{{(toDuration 90).Minutes}}", .text("1.5")),
            ("{{toDuration -0.0000005}}", .text("-500ns")),
            ("{{toDuration 5 | humanizeDuration}}", .text("5s")),
            (#"{{urlQueryEscape "a b&c"}}"#, .text("a+b%26c")),
            ("{{now | humanizeTimestamp}}", .text("2023-11-14 22:13:20 +0000 UTC")),
            (
                "{{toDuration 86400}} {{(toDuration 86400).Hours}} {{(toDuration 1.5).Milliseconds}} {{(toDuration 1.5).Seconds}}",
                .text("24h0m0s 24 1500 1.5")
            ),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
