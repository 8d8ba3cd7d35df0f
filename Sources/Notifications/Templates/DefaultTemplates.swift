/// What is told when nobody says otherwise. The names are Alertmanager's, so that who overrides one there overrides it here; ours begin with
/// `martlet.`.
enum DefaultTemplates {
    /// - Parameter zone: the name of the zone whose time is told besides UTC.
    static func text(zone: String) -> String {
        times(zone) + parts + names
    }

    /// `2026-11-27 17:05 UTC (18:05 CET)`; the other clock's day only where it differs.
    private static func times(_ zone: String) -> String {
        let utc = #"{{ .UTC.Format "2006-01-02 15:04" }} UTC"#
        if zone.isEmpty || zone == "UTC" { return #"{{ define "martlet.time" }}\#(utc){{ end }}"# + "\n" }
        let name = "\"" + zone.filter { $0 != "\"" && $0 != "\\" && $0 != "\n" } + "\""
        return #"""
            {{ define "martlet.time" }}\#(utc){{ $local := tz \#(name) . }} ({{ if ne ($local.Format "02") (.UTC.Format "02") }}\#
            {{ $local.Format "2006-01-02 " }}{{ end }}{{ $local.Format "15:04 MST" }}){{ end }}

            """#
    }

    private static let parts = #"""
        {{ define "__alertmanager" }}Martlet{{ end }}
        {{ define "__alertmanagerURL" }}{{ .ExternalURL }}/alerts{{ end }}
        {{ define "__description" }}{{ end }}

        {{ define "martlet.silenceURL" -}}
        {{ .ExternalURL }}/alerts/silence?for=1h{{ range .CommonLabels.SortedPairs }}&match={{ printf "%s=%q" .Name .Value | urlquery }}{{ end }}
        {{- end }}

        {{ define "martlet.state" -}}
        {{ if eq .Status "resolved" }}RESOLVED{{ else }}{{ with .CommonLabels.severity }}{{ . | toUpper }}{{ else }}FIRING{{ end }}{{ end }}
        {{- end }}
        {{ define "martlet.what" -}}
        {{ with .CommonLabels.alertname }}{{ . }}{{ else -}}
        {{ with .GroupLabels.SortedPairs.Values }}{{ . | join " " }}{{ else }}{{ with index .Alerts 0 }}{{ .Labels.alertname }}{{ end }} and others{{ end }}{{ end }}
        {{- end }}
        {{ define "martlet.where" -}}
        {{ with .CommonLabels.instance }} on {{ . }}{{ else }}{{ with .CommonLabels.job }} in {{ . }}{{ end }}{{ end }}
        {{- end }}
        {{ define "martlet.count" -}}
        {{ if gt (len .Alerts) 1 }} ({{ with .Alerts.Firing }}{{ len . }} firing{{ end }}
        {{- if and .Alerts.Firing .Alerts.Resolved }}, {{ end }}{{ with .Alerts.Resolved }}{{ len . }} resolved{{ end }}){{ end }}
        {{- end }}
        {{ define "__subject" -}}
        [{{ template "martlet.state" . }}] {{ template "martlet.what" . }}{{ template "martlet.where" . }}{{ template "martlet.count" . }}
        {{- end }}

        {{ define "martlet.alert.title" -}}
        {{ if eq .Status "resolved" }}RESOLVED {{ else }}{{ with .Labels.severity }}{{ . | toUpper }} {{ end }}{{ end }}{{ .Labels.alertname }}
        {{- with .Labels.instance }} on {{ . }}{{ end }}
        {{- end }}
        {{ define "martlet.alert.since" -}}
        since {{ template "martlet.time" .StartsAt }}{{ if eq .Status "resolved" }}, over since {{ template "martlet.time" .EndsAt }}{{ end }}
        {{- end }}
        {{ define "martlet.alert.labels" }}{{ .Labels.Remove (stringSlice "alertname" "instance" "severity") }}{{ end }}
        {{ define "martlet.alert.runbook" -}}
        {{ with .Annotations.runbook_url }}{{ . }}{{ else }}{{ with .Annotations.runbook }}{{ . }}{{ end }}{{ end }}
        {{- end }}
        {{ define "martlet.alert.texts" -}}
        {{ with .Annotations.summary }}{{ . }}
        {{ end }}{{ with .Annotations.description }}{{ . }}
        {{ end }}{{ with .Annotations.message }}{{ . }}
        {{ end }}
        {{- end }}
        {{ define "martlet.alert.facts" -}}
        {{ template "martlet.alert.since" . }}
        {{- with .Annotations.value }}
        value: {{ . }}{{ end }}
        {{- if .Labels.Remove (stringSlice "alertname" "instance" "severity") }}
        labels: {{ template "martlet.alert.labels" . }}{{ end }}
        {{- if or .Annotations.runbook_url .Annotations.runbook }}
        runbook: {{ template "martlet.alert.runbook" . }}{{ end }}
        {{- with .GeneratorURL }}
        graph: {{ . }}{{ end }}
        {{- end }}
        {{ define "__text_alert_list" }}{{ range . }}{{ template "martlet.alert.title" . }}
        {{ template "martlet.alert.texts" . }}{{ template "martlet.alert.facts" . }}

        {{ end }}{{ end }}
        {{ define "martlet.text" -}}
        {{ template "__text_alert_list" .Alerts.Firing }}{{ template "__text_alert_list" .Alerts.Resolved -}}
        All alerts: {{ template "__alertmanagerURL" . }}
        {{- if and .Alerts.Firing .CommonLabels }}
        Silence for 1 h: {{ template "martlet.silenceURL" . }}{{ end }}
        {{- end }}
        """#

    private static let names = #"""


        {{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
        {{ define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end }}
        {{ define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end }}
        {{ define "slack.default.callbackid" }}{{ end }}
        {{ define "slack.default.pretext" }}{{ end }}
        {{ define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
        {{ define "slack.default.iconemoji" }}{{ end }}
        {{ define "slack.default.iconurl" }}{{ end }}
        {{ define "martlet.slack.plain" }}{{ . | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}{{ end }}
        {{ define "martlet.slack.alert" }}*{{ template "martlet.slack.plain" (print .Labels.alertname) }}*
        {{- with .Labels.instance }} on {{ template "martlet.slack.plain" . }}{{ end }}, {{ template "martlet.alert.since" . }}
        {{ with .Annotations.summary }}{{ template "martlet.slack.plain" . }}
        {{ end }}{{ with .Annotations.description }}{{ template "martlet.slack.plain" . }}
        {{ end }}{{ with .Annotations.value }}value: {{ template "martlet.slack.plain" . }}
        {{ end }}
        {{- if or .Annotations.runbook_url .Annotations.runbook }}runbook: {{ template "martlet.alert.runbook" . }}
        {{ end }}
        {{- with .GeneratorURL }}<{{ . | reReplaceAll ">" "%3E" }}|graph>
        {{ end }}{{ end }}
        {{ define "slack.default.text" }}{{ range .Alerts.Firing }}{{ template "martlet.slack.alert" . }}
        {{ end }}{{ with .Alerts.Resolved }}*Resolved*
        {{ range . }}{{ template "martlet.slack.alert" . }}
        {{ end }}{{ end }}{{ end }}
        {{ define "slack.default.footer" }}{{ end }}
        {{ define "slack.default.color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end }}

        {{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ with .CommonAnnotations.summary }}: {{ . }}{{ end }}{{ end }}
        {{ define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end }}
        {{ define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end }}
        {{ define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}

        {{ define "telegram.default.message" }}{{ template "__subject" . }}

        {{ template "martlet.text" . }}{{ end }}

        {{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
        {{ define "email.default.text" }}{{ template "__subject" . }}

        {{ template "martlet.text" . }}
        {{ end }}

        {{ define "sentry.default.title" }}{{ template "__subject" . }}{{ end }}
        {{ define "sentry.default.message" }}{{ template "martlet.text" . }}{{ end }}
        {{ define "sentry.default.level" -}}
        {{ $severity := .CommonLabels.severity }}{{ if eq .Status "resolved" }}info{{ else if eq $severity "critical" }}fatal
        {{- else if eq $severity "warning" }}warning{{ else if eq $severity "info" }}info{{ else }}error{{ end }}
        {{- end }}
        """#
}
