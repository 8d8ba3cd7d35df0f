import Testing

@Suite("Numbers for people")
struct HumanizeTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("{{humanize 0.0}} {{humanize 1.0}} {{humanize 999.0}} {{humanize 1000.0}} {{humanize 1234567.0}}", .text("0 1 999 1k 1.235M")),
            ("{{humanize 0.001}} {{humanize 0.0000012}} {{humanize -0.5}} {{humanize -12345.0}}", .text("1m 1.2u -500m -12.35k")),
            ("{{humanize 1e30}} {{humanize 1e-30}}", .text("1e+06Y 1e-06y")),
            (#"{{humanize "1234567"}} {{humanize 5}}"#, .text("1.235M 5")),
            (
                #"{{humanize "abc"}}"#,
                .fault("1:114", #"<humanize "abc">: error calling humanize: strconv.ParseFloat: parsing "abc": invalid syntax"#)
            ),
            (#"{{humanize ""}}"#, .fault("1:114", #"<humanize "">: error calling humanize: strconv.ParseFloat: parsing "": invalid syntax"#)),
            ("{{humanize true}}", .fault("1:114", "<humanize true>: error calling humanize: can't convert bool to float")),
            ("{{humanize nil}}", .fault("1:114", "<humanize nil>: error calling humanize: can't convert <nil> to float")),
            ("{{humanize $labels}}", .fault("1:114", "<humanize $labels>: error calling humanize: can't convert map[string]string to float")),
            ("{{humanize}}", .fault("1:114", "<humanize>: wrong number of args for humanize: want 1 got 0")),
            ("{{humanize 1 2}}", .fault("1:114", "<humanize>: wrong number of args for humanize: want 1 got 2")),
            ("{{$value | humanize}}", .text("1.235M")),
            ("{{humanize 999.99}} {{humanize 999.999}} {{humanize 999999.0}}", .text("1000 1000 1000k")),
            (
                #"{{humanize "1e400"}}"#,
                .fault("1:114", #"<humanize "1e400">: error calling humanize: strconv.ParseFloat: parsing "1e400": value out of range"#)
            ),
            (#"{{humanize "0x1p4"}} {{humanize "1_000"}}"#, .text("16 1k")),
            (#"{{humanize " 1"}}"#, .fault("1:114", #"<humanize " 1">: error calling humanize: strconv.ParseFloat: parsing " 1": invalid syntax"#)),
            ("{{humanize (toTime 0)}}", .fault("1:114", "<humanize (toTime 0)>: error calling humanize: can't convert *time.Time to float")),
            (#"{{humanize (index "a" 0)}}"#, .fault("1:114", #"<humanize (index "a" 0)>: error calling humanize: can't convert uint8 to float"#)),
            (
                "{{humanize1024 0.0}} {{humanize1024 1.0}} {{humanize1024 1023.0}} {{humanize1024 1024.0}} {{humanize1024 1048576.0}} {{humanize1024 1e30}}",
                .text("0 1 1023 1ki 1Mi 8.272e+05Yi")
            ),
            (#"{{humanize1024 0.5}} {{humanize1024 -2048.0}} {{humanize1024 "4096"}} {{humanize1024 1536}}"#, .text("0.5 -2ki 4ki 1.5ki")),
            (
                #"{{humanizePercentage 0.1234567}} {{humanizePercentage 1.0}} {{humanizePercentage "0.5"}} {{humanizePercentage -0.005}} {{humanizePercentage 12345.678}}"#,
                .text("12.35% 100% 50% -0.5% 1.235e+06%")
            ),
            (
                "{{humanizeDuration 0.0}} {{humanizeDuration 1.0}} {{humanizeDuration 59.5}} {{humanizeDuration 60.0}} {{humanizeDuration 3600.0}} {{humanizeDuration 86400.0}} {{humanizeDuration 100000.7}}",
                .text("0s 1s 59.5s 1m 0s 1h 0m 0s 1d 0h 0m 0s 1d 3h 46m 40s")
            ),
            (
                #"{{humanizeDuration 0.1}} {{humanizeDuration 0.00001}} {{humanizeDuration -90.0}} {{humanizeDuration -0.5}} {{humanizeDuration "3661"}} {{humanizeDuration 61}}"#,
                .text("100ms 10us -1m 30s -500ms 1h 1m 1s 1m 1s")
            ),
            ("{{humanizeDuration 1e18}}", .text("11574074074074d 1h 46m 40s")),
            ("{{humanizeDuration 1e30}}", .text("-106751991167300d -15h -30m -8s")),
            ("{{humanizeDuration 0.9999999}} {{humanizeDuration 59.99999}} {{humanizeDuration 12.345678}}", .text("1000ms 60s 12.35s")),
            (
                #"{{humanizeTimestamp 0.0}} {{humanizeTimestamp 1234567890.5}} {{humanizeTimestamp "1234567890"}}"#,
                .text("1970-01-01 00:00:00 +0000 UTC 2009-02-13 23:31:30.5 +0000 UTC 2009-02-13 23:31:30 +0000 UTC")
            ),
            (
                "{{humanizeTimestamp -1.5}} {{humanizeTimestamp 1435065584.128}} {{humanizeTimestamp 1.0004}}",
                .text("1969-12-31 23:59:58.5 +0000 UTC 2015-06-23 13:19:44.128 +0000 UTC 1970-01-01 00:00:01 +0000 UTC")
            ),
            (
                "{{humanizeTimestamp 1e12}}",
                .fault(
                    "1:114",
                    "<humanizeTimestamp 1e12>: error calling humanizeTimestamp: 1e+12 cannot be represented as a nanoseconds timestamp since it overflows int64"
                )
            ),
            (
                #"{{humanizeTimestamp "x"}}"#,
                .fault("1:114", #"<humanizeTimestamp "x">: error calling humanizeTimestamp: strconv.ParseFloat: parsing "x": invalid syntax"#)
            ),
            ("{{toTime 1234567890.0}} {{toTime 0}}", .text("2009-02-13 23:31:30 +0000 UTC 1970-01-01 00:00:00 +0000 UTC")),
            ("{{(toTime 1234567890.0).Year}} {{(toTime 1234567890.0).Month}} {{(toTime 1234567890.0).Weekday}}", .text("2009 February Friday")),
            (#"{{(toTime 1234567890.0).Format "2006-01-02T15:04:05Z07:00"}}"#, .text("2009-02-13T23:31:30Z")),
            (#"{{(toTime 1234567890.123).Format "Mon Jan _2 15:04:05.000 MST 2006 3:04PM"}}"#, .text("Fri Feb 13 23:31:30.122 UTC 2009 11:31PM")),
            (
                "{{toTime 1e12}}",
                .fault(
                    "1:114", "<toTime 1e12>: error calling toTime: 1e+12 cannot be represented as a nanoseconds timestamp since it overflows int64")
            ),
            ("{{(toTime 5).Nope}}", .fault("1:122", "<5>: can't evaluate field Nope in type *time.Time")),
            ("{{(toTime 5).Format}}", .fault("1:122", "<5>: wrong number of args for Format: want 1 got 0")),
            ("{{(toTime 5).Format 1}}", .fault("1:132", "<1>: expected string; found 1")),
            (#"{{"2006" | (toTime 5).Format}}"#, .text("1970")),
            (
                "{{(toTime 1.5).Unix}} {{(toTime 1.5).UnixMilli}} {{(toTime 1.5).Nanosecond}} {{(toTime 86400).YearDay}} {{(toTime 3661).Hour}}:{{(toTime 3661).Minute}}:{{(toTime 3661).Second}} {{(toTime 0).Day}}",
                .text("1 1500 500000000 2 1:1:1 1")
            ),
            (#"{{printf "%d %s %v" (toTime 0).Month (toTime 0).Month (toTime 0).Weekday}}"#, .text("1 January Thursday")),
            (#"{{(toTime "1e9").UTC}} {{(toTime 0).String}}"#, .text("2001-09-09 01:46:40 +0000 UTC 1970-01-01 00:00:00 +0000 UTC")),
            (
                #"{{(toTime 1234567890).Format "02.01.06 03:04 pm __2 002 Monday January 2 1 -0700 .999"}}"#,
                .text("13.02.09 11:31 pm  44 044 Friday February 13 2 +0000 ")
            ),
            ("{{with toTime 0}}{{.Year}}{{end}}", .text("1970")),
            ("{{(toTime 0).Year 1}}", .fault("1:122", "<0>: wrong number of args for Year: want 0 got 1")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            ("{{html (toTime 0)}}", .text("1970-01-01 00:00:00 +0000 UTC")),
            (#"{{parseDuration "1h30m"}} {{parseDuration "1d"}} {{parseDuration "5ms"}} {{parseDuration "0"}}"#, .text("5400 86400 0.005 0")),
            (#"{{parseDuration ""}}"#, .fault("1:114", #"<parseDuration "">: error calling parseDuration: empty duration string"#)),
            (
                #"{{parseDuration "abc"}}"#,
                .fault("1:114", #"<parseDuration "abc">: error calling parseDuration: not a valid duration string: "abc""#)
            ),
            (#"{{parseDuration "1x"}}"#, .fault("1:114", #"<parseDuration "1x">: error calling parseDuration: unknown unit "x" in duration "1x""#)),
            (
                #"{{parseDuration "1.5h"}}"#,
                .fault("1:114", #"<parseDuration "1.5h">: error calling parseDuration: unknown unit "." in duration "1.5h""#)
            ),
            (
                #"{{parseDuration "-1h"}}"#,
                .fault("1:114", #"<parseDuration "-1h">: error calling parseDuration: not a valid duration string: "-1h""#)
            ),
            (#"{{parseDuration "99999999y"}}"#, .fault("1:114", #"<parseDuration "99999999y">: error calling parseDuration: duration out of range"#)),
            (
                #"{{parseDuration "1m1h"}}"#,
                .fault("1:114", #"<parseDuration "1m1h">: error calling parseDuration: not a valid duration string: "1m1h""#)
            ),
            ("{{parseDuration 5}}", .fault("1:128", "<5>: expected string; found 5")),
            (#"{{parseDuration "1h" | humanizeDuration}}"#, .text("1h 0m 0s")),
            (
                "{{humanize .Labels.missing}}",
                .fault("1:114", #"<humanize .Labels.missing>: error calling humanize: strconv.ParseFloat: parsing "": invalid syntax"#)
            ),
            (
                "{{humanize 1e3}} {{humanize 12.3456}} {{humanize 100}} {{humanize 99999}} {{humanize 1e24}} {{humanize 1e27}} {{humanize 1e28}}",
                .text("1k 12.35 100 100k 1Y 1000Y 1e+04Y")
            ),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
