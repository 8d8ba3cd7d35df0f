/// What the damage begins with.
enum NotifierSeeds {
    static let words = [
        "{", "}", "\"", "\\", "=", "!=", "=~", "!~", ",", "'", "\n  - ", ": ", "null", "[]", "{}", "severity", "critical", "30s", "0s", "...",
        "TZif2",
        "\n", "EST5EDT,M3.2.0,M11.1.0", "\u{0}", "é", "{{ .x }}", "http://x", "<secret>", "&a ", "*a",
    ].map { Array($0.utf8) }

    static let matchers = [
        #"{severity="critical", team=~"a|b"}"#, #""a b"!="x\"y\\z\n""#, "a=b,c!~d,é=1", "a='b'", "{}", #"x = "(", y=~"[a-z]+""#,
    ]

    static let configurations = [
        """
        route: {receiver: a, routes: [{matchers: [severity=critical], continue: true, group_by: ['...']}, {match_re: {team: a|b}, receiver: b}]}
        receivers: [{name: a}, {name: b, webhook_configs: [{url: 'http://x', max_alerts: 3, timeout: 5s}]}]
        """,
        """
        global: {smtp_from: a@b, smtp_smarthost: 'm:25', smtp_auth_password: p, slack_api_url: 'http://s'}
        route: {receiver: a, mute_time_intervals: }
        receivers:
        - name: a
          email_configs: [{to: x, headers: {Subject: y}}]
          slack_configs: [{channel: c, fields: [{title: t, value: v, short: true}], actions: [{type: b, text: t, url: u}]}]
          telegram_configs: [{bot_token: t, chat_id: -5}]
          pagerduty_configs: [{routing_key: r, details: {a: {b: [1, x, null]}}}]
          sentry_configs: [{dsn: 'https://k@h/1', tags: {a: b}}]
        """,
        """
        route:
          receiver: a
          group_wait: 1m
          routes: [{active_time_intervals: [n]}]
        time_intervals: [{name: n, time_intervals: [{times: [{start_time: '09:00', end_time: '17:00'}], weekdays: ['monday:friday'], location: UTC}]}]
        mute_time_intervals: [{name: m, time_intervals: [{days_of_month: ['-3:-1'], months: [may], years: ['2026:2027']}]}]
        inhibit_rules: [{name: i, source_matchers: [a=b], target_match: {c: d}, equal: [x, y]}]
        receivers: [{name: a}]
        templates: ['*.tmpl']
        """,
    ]
}
