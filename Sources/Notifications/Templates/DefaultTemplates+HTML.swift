extension DefaultTemplates {
    /// Mail programs know little of style sheets: all that matters is said at the elements. One column of at most 600 px, so that it reads as well on
    /// a telephone.
    static let html = #"""
        {{ define "martlet.html.color" -}}
        {{ $severity := .CommonLabels.severity }}{{ if eq .Status "resolved" }}#1a7f37{{ else if eq $severity "critical" }}#b42318
        {{- else if eq $severity "info" }}#175cd3{{ else }}#b54708{{ end }}
        {{- end }}
        {{ define "martlet.html.silence" -}}
        {{ .ExternalURL }}/alerts/silence?for=1h{{ range .CommonLabels.SortedPairs }}&amp;match={{ printf "%s=%q" .Name .Value }}{{ end }}
        {{- end }}
        {{ define "martlet.html.fact" -}}
        <tr><td style="padding:2px 12px 2px 0;color:#667085;vertical-align:top;white-space:nowrap">{{ .name }}</td>\#
        <td style="padding:2px 0;word-break:break-word;overflow-wrap:anywhere">{{ .text }}</td></tr>
        {{- end }}
        {{ define "martlet.html.links" -}}
        {{ $runbook := .Annotations.runbook_url }}{{ if not $runbook }}{{ $runbook = .Annotations.runbook }}{{ end }}
        {{- if match "^https?://" $runbook }}<a href="{{ $runbook }}" style="color:#175cd3">Runbook</a> {{ else }}
        {{- with $runbook }}Runbook: {{ . }} {{ end }}{{ end }}
        {{- if match "^https?://" .GeneratorURL }}<a href="{{ .GeneratorURL }}" style="color:#175cd3">Graph</a>{{ end }}
        {{- end }}
        {{ define "martlet.html.alert" -}}
        <div style="padding:14px 20px;border-top:1px solid #e4e7ec">
        <div style="font-weight:600;font-size:16px;word-break:break-word">{{ template "martlet.alert.title" . }}</div>
        {{ with .Annotations.summary }}<div style="padding-top:4px">{{ . }}</div>{{ end }}
        {{ with .Annotations.description }}<div style="padding-top:4px;color:#475467">{{ . }}</div>{{ end }}
        {{ with .Annotations.message }}<div style="padding-top:4px;color:#475467">{{ . }}</div>{{ end }}
        <table role="presentation" cellpadding="0" cellspacing="0" style="padding-top:8px;font-size:14px;border:0">
        <tr><td style="padding:2px 12px 2px 0;color:#667085;vertical-align:top">since</td>\#
        <td style="padding:2px 0">{{ template "martlet.time" .StartsAt }}</td></tr>
        {{ if eq .Status "resolved" }}<tr><td style="padding:2px 12px 2px 0;color:#667085;white-space:nowrap">over since</td>\#
        <td style="padding:2px 0">{{ template "martlet.time" .EndsAt }}</td></tr>{{ end }}
        {{ with .Annotations.value }}{{ template "martlet.html.fact" (dict "name" "value" "text" .) }}{{ end }}
        {{ range (.Labels.Remove (stringSlice "alertname" "instance" "severity")).SortedPairs }}\#
        {{ template "martlet.html.fact" (dict "name" .Name "text" .Value) }}
        {{ end }}</table>
        <div style="padding-top:8px;font-size:14px">{{ template "martlet.html.links" . }}</div>
        </div>
        {{- end }}
        {{ define "email.default.html" -}}
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{ template "__subject" . }}</title></head>
        <body style="margin:0;padding:0;background:#f2f4f7;color:#101828;font-size:15px;line-height:1.45;\#
        font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
        <div style="max-width:600px;margin:0 auto;padding:12px 0">
        <div style="background:#ffffff;border:1px solid #e4e7ec">
        <div style="background:{{ template "martlet.html.color" . }};color:#ffffff;padding:14px 20px;font-size:18px;font-weight:600;\#
        word-break:break-word">\#
        {{ template "__subject" . }}</div>
        {{ range .Alerts.Firing }}{{ template "martlet.html.alert" . }}
        {{ end }}{{ range .Alerts.Resolved }}{{ template "martlet.html.alert" . }}
        {{ end }}</div>
        <div style="padding:12px 20px;font-size:13px;color:#667085"><a href="{{ template "__alertmanagerURL" . }}" style="color:#175cd3">All alerts</a>\#
        {{ if and .Alerts.Firing .CommonLabels }} · \#
        <a href="{{ template "martlet.html.silence" . }}" style="color:#175cd3">Silence for 1 h</a>{{ end }}\#
         · told to {{ .Receiver }} because: {{ .NotificationReason }}</div>
        </div></body></html>
        {{ end }}
        """#
}
