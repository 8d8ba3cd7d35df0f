/// Names of `--enable-feature` before a server is started with them.
public enum FeatureCheck {
    /// Those that a server here does not know.
    public static func unknown(_ features: [String]) -> [String] {
        features.filter { feature in
            var options = ServeOptions()
            options.features = [feature]
            return (try? ServeSettings(options))?.withoutEffect.isEmpty == false
        }
    }
}
