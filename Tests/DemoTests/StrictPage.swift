/// A small, unforgiving reader of the text format 0.0.4, written only to judge the demo's own pages.
struct StrictPage {
    struct Failure: Error, CustomStringConvertible {
        let line: String
        let reason: String
        var description: String { "\(reason): \(line)" }
    }

    /// Values by series, a series written as on the page.
    private(set) var values: [String: Double] = [:]
    /// Types by metric.
    private(set) var types: [String: String] = [:]
    /// Series of counters, and of histograms' buckets, counts and sums: what must not fall.
    private(set) var rising: Set<String> = []
    private var current = ""
    private var helped: Set<String> = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Failure(line: text.suffix(40).description, reason: "the last line does not end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            do { try read(String(line)) } catch let reason as String { throw Failure(line: String(line), reason: reason) }
        }
    }

    private mutating func read(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        if line.hasPrefix("# HELP ") {
            guard words.count == 4, !words[3].isEmpty, helped.insert(words[2]).inserted else { throw "HELP empty or repeated" }
        } else if line.hasPrefix("# TYPE ") {
            guard words.count == 4, ["counter", "gauge", "histogram", "untyped"].contains(words[3]) else { throw "unknown type" }
            guard helped.contains(words[2]), types.updateValue(words[3], forKey: words[2]) == nil else { throw "TYPE without HELP or repeated" }
            current = words[2]
        } else {
            try sample(line)
        }
    }

    private mutating func sample(_ line: String) throws {
        let line = Substring(line)
        guard let name = line.prefixMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/)?.output else { throw "no metric name" }
        guard let type = types[current], belongs(String(name), type) else { throw "a series outside its metric" }
        let rest = line[name.endIndex...]
        let label = /[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/
        var labels: [Substring] = []
        var tail = rest
        if tail.first == "{" {
            tail = tail.dropFirst()
            while let match = tail.prefixMatch(of: label) {
                labels.append(match.output)
                tail = tail[match.range.upperBound...]
                if tail.first == "," { tail = tail.dropFirst() } else { break }
            }
            guard tail.first == "}", !labels.isEmpty else { throw "broken labels" }
            tail = tail.dropFirst()
        }
        guard tail.first == " ", let value = Double(tail.dropFirst().replacing("Inf", with: "inf")) else { throw "broken value" }
        let names = labels.map { $0.prefix { $0 != "=" } }
        guard Set(names).count == names.count else { throw "a label twice" }
        let series = "\(name){\(labels.joined(separator: ","))}"
        guard values.updateValue(value, forKey: series) == nil else { throw "a series twice" }
        if type == "counter" || type == "histogram" {
            guard value >= 0 else { throw "a counter below 0" }
            rising.insert(series)
        }
    }

    private func belongs(_ name: String, _ type: String) -> Bool {
        type == "histogram" ? ["_bucket", "_sum", "_count"].contains { current + $0 == name } : name == current
    }
}

extension String: @retroactive Error {}
