/// What the damage begins with.
enum MailSeeds {
    static let words = [
        "250 ", "250-", "\r\n", "\n", ".", "\r\n.\r\n", "@", "<", ">", "\"", "\\", "(", ")", ",", "=?utf-8?B?", "é", "𝄞", "=", "&lt;", "&#x1d11e;",
        "<b>", "</b>",
        "<a href=\"x\">", "GMT", "Sun, 06 Nov 1994 08:49:37 GMT", ":error", "https://k@h/1", " ", "\t", "\u{0}", "99999999999999999999",
    ].map { Array($0.utf8) }

    static let all = [
        [
            "220 mail.example ESMTP\r\n", "250-mail.example\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n", "550 5.1.1 no\r\n",
            "354\r\n", "250 ok\n",
        ],
        ["a@b.c", "Ada <ada@example.org>, \"L, B\" <b@[127.0.0.1]>", "\"a b\"@c (comment (nested)) , d@e", "Ädä <ä@ö.example>"],
        ["a\r\n.\r\n..b\r\n", "a long line " + String(repeating: "word ", count: 40), "é = \t \r\nend ", String(repeating: "x", count: 300)],
        ["<b>bold</b> &lt;x&gt; <a href=\"http://x\">link</a>", "plain & text <", "<b><i>é</i></b>&#233;&quot;"],
        [
            "120", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "60:error;default:organization, 2700::key", "https://k@h/1",
        ],
    ]
}
