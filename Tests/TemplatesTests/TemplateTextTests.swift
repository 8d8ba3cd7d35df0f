import Testing

@Suite("Text, comments and trimming")
struct TemplateTextTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("plain", .text("plain")),
            ("a { b } c", .text("a { b } c")),
            ("{{/* note */}}x", .text("x")),
            ("a{{- /* note */ -}} b", .text("ab")),
            ("  {{- 1 -}}  x", .text("1x")),
            ("x \n\t{{- 2}}", .text("x2")),
            ("{{3 -}} \n y", .text("3y")),
            (#"{{ "a" -}} {{- "b" }}"#, .text("ab")),
            (#"}} {{ "x" }} }}"#, .text("}} x }}")),
            (#"{{"{{"}}"#, .text("{{")),
            (#"{{`raw "x" \n`}}"#, .text(#"raw "x" \n"#)),
            (#"{{ "q\"\t\u00e9\x41\101" }}"#, .text("q\"\téAA")),
            ("{{\n\"x\"\n}}", .text("x")),
            ("{{ 1 }}\n{{ 2 }}", .text("1\n2")),
            ("{{- 3}}", .text("3")),
            (#"{{""}}"#, .text("")),
            (#"{{"日本"}} é"#, .text("日本 é")),
            (#"{{"a"}}{{"b"}}"#, .text("ab")),
            ("{{/* a\nb */}}c", .text("c")),
            ("{{ \"a\\\nb\" }}", .unreadable("1: unterminated quoted string")),
            ("", .text("")),
            (" ", .text(" ")),
            ("{", .text("{")),
            (#"{{ "%" }} 100%"#, .text("% 100%")),
            ("{{-3}}", .text("-3")),
            ("{{ -3 }}", .text("-3")),
            (#"a {{- "b"}} {{"c" -}} d"#, .text("ab cd")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
