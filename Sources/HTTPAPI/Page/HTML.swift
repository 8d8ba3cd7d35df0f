import Model

/// HTML as text. What comes from outside goes through `escape`, without exception.
enum HTML {
    static func escape(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Text as the value of a parameter in a link.
    static func queryEscape(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }

    /// The frame of every page. `body` is HTML already.
    static func page(title: String, prefix: String, body: String) -> APIResponse {
        let links = [("/", "Query"), ("/alerts", "Alerts"), ("/rules", "Rules"), ("/targets", "Targets"), ("/status", "Status")].map { path, name in
            "<a href=\"\(escape(prefix + path))\"\(name == title ? " class=here" : "")>\(name)</a>"
        }
        let text = """
            <!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width,initial-scale=1">
            <title>\(escape(title)) · Martlet</title><style>\(style)</style></head>
            <body><header><b>Martlet</b><nav>\(links.joined())</nav></header><main>\(body)</main></body></html>
            """
        var response = APIResponse(type: "text/html; charset=utf-8", body: Array(text.utf8))
        response.headers += [
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'self'"),
            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
        ]
        return response
    }

    private static let style = """
        :root{color-scheme:light dark;--line:light-dark(#d8dde3,#343a42);--soft:light-dark(#f4f6f8,#1d2126);--dim:light-dark(#5d6772,#97a1ac);\
        --accent:light-dark(#0b63c5,#6db1ff);--good:light-dark(#187a3b,#59c884);--bad:light-dark(#b3261e,#ff8a80)}
        *{box-sizing:border-box}body{margin:0;font:15px/1.5 system-ui,sans-serif;background:light-dark(#fff,#14171a);color:light-dark(#1a1f24,#e6e9ec)}
        header{display:flex;flex-wrap:wrap;gap:.4rem 1.5rem;align-items:center;padding:.6rem 1rem;border-bottom:1px solid var(--line);background:var(--soft)}
        nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem}a{color:var(--accent);text-decoration:none}nav .here{color:inherit;font-weight:600}
        main{max-width:1100px;margin:0 auto;padding:1rem}h2{font-size:1.05rem;margin:1.4rem 0 .5rem}
        form{display:grid;gap:.6rem}textarea{width:100%;min-height:4.2rem;resize:vertical}
        textarea,input,select,button,code,pre,td.v{font:13.5px/1.45 ui-monospace,monospace}
        textarea,input,select,button{padding:.45rem .6rem;border:1px solid var(--line);border-radius:6px;background:light-dark(#fff,#101316);color:inherit}
        button{background:var(--accent);border-color:var(--accent);color:light-dark(#fff,#10151a);cursor:pointer;font-weight:600}
        .row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}.row input{width:7rem}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);\
        vertical-align:top;overflow-wrap:anywhere}th{color:var(--dim);font-weight:500}td.v{text-align:right;white-space:nowrap}
        .note{padding:.6rem .8rem;border-left:3px solid var(--accent);background:var(--soft);margin:.8rem 0;overflow-wrap:anywhere}
        .error{border-color:var(--bad)}.up{color:var(--good);font-weight:600}.down{color:var(--bad);font-weight:600}.unknown,.dim{color:var(--dim)}
        svg{width:100%;height:auto;display:block;margin-top:.8rem}svg text{fill:var(--dim);font:12px system-ui,sans-serif}svg .grid{stroke:var(--line)}
        .legend{list-style:none;padding:0;margin:.5rem 0}.legend li{overflow-wrap:anywhere;font:13px/1.5 ui-monospace,monospace}
        .legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:3px;margin-right:.5rem}
        .card{border:1px solid var(--line);border-left:4px solid var(--line);border-radius:6px;padding:.6rem .8rem;margin:.6rem 0;overflow-wrap:anywhere}
        .card.critical{border-left-color:var(--bad)}.card.warning{border-left-color:light-dark(#b26a00,#ffb74d)}.card.info{border-left-color:var(--accent)}
        .card .row{gap:.3rem .8rem;margin:.15rem 0}.hush{border:1px solid var(--line);border-radius:4px;padding:0 .4rem;color:var(--dim)}
        a.button{display:inline-block;border:1px solid var(--line);border-radius:6px;padding:.3rem .7rem}
        .ask{max-width:34rem}.ask label{display:grid;gap:.2rem}.ask .row input{width:auto}.history{list-style:none;padding:0}\
        .history li{padding:.3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
        pre{overflow-x:auto;background:var(--soft);padding:.8rem;border-radius:6px}
        """
}
