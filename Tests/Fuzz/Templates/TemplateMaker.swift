public import TestKit

/// Makes templates that are mostly well formed: functions with arguments that may suit them, control structures, variables.
public struct TemplateMaker {
    private var random: SeededRandom

    public init(_ random: SeededRandom) { self.random = random }

    static let seeds = [
        "{{ $labels.instance }}: {{ $value | humanize }}",
        "{{ range query \"up\" | sortByLabel \"instance\" }}{{ .Labels.instance }}={{ .Value }} {{ end }}",
        "{{ if gt $value 5.0 }}a{{ else if eq $labels.job \"node\" }}b{{ else }}c{{ end }}",
        "{{ define \"T\" }}{{ . }}{{ end }}{{ template \"T\" 5 }}",
        "{{ $x := 1 }}{{ range $i, $e := $labels }}{{ $x = print $x $i }}{{ end }}{{ $x }}", "{{ with toTime 0 }}{{ .Year }}{{ end }}",
        "{{ printf \"%-5.2f|%[1]x|%q\" $value \"a\" }}", "{{- /* c */ -}} {{ reReplaceAll \"(a)b*\" \"$1\" \"abb\" }}",
    ]

    private static let functions: [(String, Int)] = [
        ("humanize", 1), ("humanize1024", 1), ("humanizeDuration", 1), ("humanizePercentage", 1), ("humanizeTimestamp", 1), ("toTime", 1),
        ("toDuration", 1), ("now", 0), ("parseDuration", 1), ("title", 1), ("toUpper", 1), ("stripPort", 1), ("stripDomain", 1), ("match", 2),
        ("reReplaceAll", 3), ("graphLink", 1), ("tableLink", 1), ("args", 2), ("safeHtml", 1), ("query", 1), ("first", 1), ("label", 2), ("value", 1),
        ("strvalue", 1), ("sortByLabel", 2), ("externalURL", 0), ("pathPrefix", 0), ("and", 2), ("or", 2), ("not", 1), ("eq", 2), ("ne", 2),
        ("lt", 2), ("le", 2), ("gt", 2), ("ge", 2), ("index", 2), ("slice", 3), ("len", 1), ("print", 3), ("println", 2), ("printf", 3), ("html", 1),
        ("js", 1), ("urlquery", 1), ("call", 2),
    ]

    private static let values = [
        "1", "-5", "0x1f", "1.5", "1e9", "'a'", "\"text\"", "`raw`", "\"%v %d %[2]*.3f %q\"", "\"1h30m\"", "\"host:80\"", "\"[::1]:5\"", "\"(a|b)*\"",
        "\"$1-${x}\"", "\"up\"", "true", "nil", ".", "$", "$value", "$labels", "$labels.instance", "$externalLabels", ".Labels", ".Value", "$x", "$y",
        "\"\"", "0", "\"\\u00e9\\x01\"", "9223372036854775807",
    ]

    public mutating func statements(depth: Int) -> String {
        var out = "{{ $x := \(value(depth: 1)) }}{{ $y := 2 }}"
        for _ in 0...random.below(3) { out += statement(depth: depth) }
        return out
    }

    private mutating func statement(depth: Int) -> String {
        let inner = depth > 0 ? statement(depth: depth - 1) : "x"
        switch random.below(10) {
        case 0: return "{{ if \(pipeline(depth: depth)) }}\(inner){{ else }}y{{ end }}"
        case 1: return "{{ range $i, $x := \(pipeline(depth: depth)) }}\(inner){{ $i }}{{ end }}"
        case 2: return "{{ range \(pipeline(depth: depth)) }}\(inner){{ break }}{{ end }}"
        case 3: return "{{ with \(pipeline(depth: depth)) }}{{ . }}\(inner){{ else }}{{ . }}{{ end }}"
        case 4: return "{{ $x = \(pipeline(depth: depth)) }}\(inner)"
        case 5: return "{{ block \"B\(random.below(3))\" \(pipeline(depth: depth)) }}{{ . }}{{ end }}"
        case 6: return "{{ template \"B\(random.below(3))\" \(value(depth: depth)) }}"
        default: return "{{ \(pipeline(depth: depth)) }}\n"
        }
    }

    private mutating func pipeline(depth: Int) -> String {
        var out = call(depth: depth)
        for _ in 0..<random.below(3) { out += " | " + Self.functions[random.below(Self.functions.count)].0 }
        return out
    }

    private mutating func call(depth: Int) -> String {
        let (name, count) = Self.functions[random.below(Self.functions.count)]
        return ([name] + (0..<count).map { _ in value(depth: depth) }).joined(separator: " ")
    }

    private mutating func value(depth: Int) -> String {
        if depth > 0, random.below(3) == 0 { return "(\(call(depth: depth - 1)))" + (random.below(8) == 0 ? ".Labels" : "") }
        return Self.values[random.below(Self.values.count)].replacingX(random.below(2) == 0)
    }
}

extension String {
    /// At the start of a template its variables are not there yet.
    fileprivate func replacingX(_ isWanted: Bool) -> String { isWanted && (self == "$x" || self == "$y") ? "$value" : self }
}

/// What means something in a template.
enum TemplateWords {
    static let all = [
        "{{", "}}", "{{-", "-}}", "{{/*", "*/}}", "(", ")", "|", ":=", "=", ",", ".", "$", "\"", "`", "'", "\\", "\n", " ", "-", "+", "é", "\u{fffd}",
        "{{end}}", "{{else}}", "{{else if 1}}", "{{if 1}}", "{{range 3}}", "{{with .}}", "{{break}}", "{{continue}}", "{{define \"T\"}}",
        "{{template \"T\"}}", "{{block \"T\" .}}", "$x", "$x := 1", ".Labels", ".x", "nil", "true", "1", "0x", "1e9", "printf", "%v", "%*d", "%[3]q",
        "%.9x",
        "query", "first", "humanize", "index", "slice", "len", "args", "print", "99999999", "$value", "$labels", "%999999d", "toTime", ".Format",
    ].map { Array($0.utf8) }
}

/// Templates that grow one thing beyond all measure.
public enum HugeTemplate {
    public static let kinds = 16

    /// The `kind`th, with about `count` repetitions.
    public static func make(_ kind: Int, count: Int) -> String {
        func many(_ text: String) -> String { String(repeating: text, count: count) }
        switch kind % kinds {
        case 0: return "{{\(many("("))1\(many(")"))}}"
        case 1: return many("{{if 1}}") + "x" + many("{{end}}")
        case 2: return "{{if 0}}" + many("{{else if 0}}") + "{{end}}"
        case 3: return "{{1\(many(" | print"))}}"
        case 4: return "{{$labels\(many(".a"))}}"
        case 5: return many("{{/* x */}}") + many("{{1}}")
        case 6: return "{{define \"T\"}}\(many("{{template \"T\"}}")){{end}}{{template \"T\"}}"
        case 7: return "{{print \(many(" $labels"))}}"
        case 8: return "{{range \(count)}}{{range \(count)}}{{range \(count)}}{{end}}{{end}}{{end}}"
        case 9: return "{{$x := \"a\"}}{{range \(count)}}{{$x = print $x $x}}{{end}}{{$x}}"
        case 10: return "{{$x := 1}}{{range \(count)}}{{$x = args $x $x}}{{end}}{{$x}}"
        case 11: return "{{printf \"\(many("%999999d"))\" 1}}"
        case 12: return many("{{$x := 1}}") + "{{$x}}"
        case 13: return many("{{range 9}}") + many("{{end}}")
        case 14: return "{{reReplaceAll \"\(many("(a"))\(many(")*"))\" \"$1\" \"aaaaaaaa\"}}"
        default: return "{{\"\(many("\\x41"))\"}}{{\(many("9"))}}"
        }
    }
}
