import PromQL
import Testing

@Suite("Strings in queries")
struct StringQueriesTests {
    @Test(
        "are read",
        arguments: [
            (#""voice message""#, #""voice message""#), ("'voice message'", #""voice message""#), ("`voice message`", #""voice message""#),
            (#""""#, #""""#), ("''", #""""#), ("``", #""""#), (#""say \"hi\"""#, #""say \"hi\"""#), (#"'it\'s'"#, #""it's""#),
            (#""it's""#, #""it's""#), (#"'say "hi"'"#, #""say \"hi\"""#), (#"`say "hi" \n`"#, #""say \"hi\" \\n""#),
            (#""tab\there""#, #""tab\there""#), (#""a\nb\rc""#, #""a\nb\rc""#), (#""\a\b\f\v""#, #""\a\b\f\v""#),
            (#""back\\slash""#, #""back\\slash""#), (#""\x41\x42""#, #""AB""#), (#""\101\102""#, #""AB""#), (#""\u00e9""#, #""é""#),
            (#""\U0001F3A4""#, #""🎤""#), (#""🎤 héllo""#, #""🎤 héllo""#), (#""\xff\xfe""#, #""\xff\xfe""#), (#""\377""#, #""\xff""#),
            (#""\xc3\xa9""#, #""é""#), (#""a\x00b""#, #""a\x00b""#), (#""\x7f""#, #""\x7f""#), (#""\u200b""#, #""\u200b""#),
            (#""\u00a0""#, #""\u00a0""#), (#""\ufeff""#, #""\ufeff""#), (#""e\u0301""#, "\"e\u{301}\""), (#""\U0010FFFF""#, #""\U0010ffff""#),
            ("`raw\nline`", #""raw\nline""#), (#"`a\`"#, #""a\\""#), (#""\xe2\x82""#, #""\xe2\x82""#), (#""ok \xe2\x28""#, #""ok \xe2(""#),
            (#""\u2028""#, #""\u2028""#), (#"'tab\tquote\''"#, #""tab\tquote'""#), ("\"tab\traw\"", #""tab\traw""#), ("\"\u{1}\"", #""\x01""#),
            (#"("voice")"#, #"("voice")"#), (#"'\x27'"#, #""'""#), (#"'\u0022'"#, #""\"""#), (#""\u0027""#, #""'""#),
            (
                #"label_replace(bot_updates_total, "kind", "\\d$1", "type", "(.*)")"#,
                #"label_replace(bot_updates_total, "kind", "\\d$1", "type", "(.*)")"#
            ),
            (#""\ufffd""#, #""\ufffd""#), (#"queue_depth{queue="\ufffd"}"#, #"queue_depth{queue="\ufffd"}"#),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            (#""a" "b""#, #"1:5: unexpected string "\"b\"""#), (#""unfinished"#, "1:1: unterminated quoted string"),
            ("'unfinished", "1:1: unterminated quoted string"), ("`unfinished", "1:1: unterminated raw string"),
            (#""ends with \"#, "1:1: escape sequence not terminated"), (#""ends with \""#, "1:1: unterminated quoted string"),
            ("\"line\nbreak\"", "1:1: unterminated quoted string"), ("'line\nbreak'", "1:1: unterminated quoted string"),
            (#""\q""#, "1:1: unknown escape sequence U+0071 'q'"), (#""\'""#, "1:1: unknown escape sequence U+0027 '''"),
            (#"'\"'"#, #"1:1: unknown escape sequence U+0022 '"'"#), (#""\8""#, "1:1: unknown escape sequence U+0038 '8'"),
            (#""\400""#, "1:1: escape sequence is an invalid Unicode code point"),
            (#""\18""#, "1:1: illegal character U+0038 '8' in escape sequence"),
            (#""\x4""#, #"1:1: illegal character U+0022 '"' in escape sequence"#),
            (#""\xg1""#, "1:1: illegal character U+0067 'g' in escape sequence"),
            (#""\u12""#, #"1:1: illegal character U+0022 '"' in escape sequence"#),
            (#""\ud800""#, "1:1: escape sequence is an invalid Unicode code point"),
            (#""\U00110000""#, "1:1: escape sequence is an invalid Unicode code point"),
            (#""\Uffffffff""#, "1:1: escape sequence is an invalid Unicode code point"),
            (#""\u00zz""#, "1:1: illegal character U+007A 'z' in escape sequence"), (#""\12"#, "1:1: escape sequence not terminated"),
            (#""\xA"#, "1:1: escape sequence not terminated"), (#""\ü""#, "1:1: unknown escape sequence U+00FC 'ü'"),
            (#""\ ""#, "1:1: unknown escape sequence U+0020 ' '"), ("\"\\\n\"", "1:1: unknown escape sequence U+000A"),
            (#"-"voice""#, #"1:1: unary expression only allowed on expressions of type scalar or instant vector, got "string""#),
            (#""a" + 1"#, "1:1: binary expression must contain only scalar and instant vector types"),
            (#""a" == "b""#, "1:1: binary expression must contain only scalar and instant vector types"),
            (#""voice"[5m]"#, "1:8: ranges only allowed for vector selectors"),
            (#""voice" offset 5m"#, "1:1: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            (#""voice" @ 5"#, "1:1: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            (#""voice"{a="b"}"#, #"1:8: unexpected "{""#), ("\u{201C}smart\u{201D}", "1:1: unexpected character: '\u{201C}'"),
            ("gateway_requests_total + 'x'", "1:26: binary expression must contain only scalar and instant vector types"),
            (#""x" and queue_depth"#, "1:1: binary expression must contain only scalar and instant vector types"),
            ("\"\u{FFFD}\"", "1:1: invalid UTF-8 rune"), ("`\u{FFFD}`", "1:1: invalid UTF-8 rune"),
            ("queue_depth{queue=\"\u{FFFD}\"}", "1:19: invalid UTF-8 rune"), ("\"\u{FFFD}", "1:1: invalid UTF-8 rune"),
            ("'ok' \u{FFFD}", "1:6: unexpected character: '\u{FFFD}'"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
