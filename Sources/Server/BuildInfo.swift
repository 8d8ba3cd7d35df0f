/// What this binary is.
public enum BuildInfo {
    public static let version = "0.1.0"
    /// The Prometheus release whose API and PromQL clients may expect. Grafana unlocks features by this number.
    public static let prometheusVersion = "3.5.0"
    public static let line = "martlet \(version) (Prometheus API \(prometheusVersion))"
}
