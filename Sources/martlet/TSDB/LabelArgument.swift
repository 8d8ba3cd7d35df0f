import ArgumentParser
import Model

/// A label on the command line.
enum LabelArgument {
    static func parse(_ text: String) throws -> Label {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { throw ValidationError("--label: \(text) is not name=value") }
        return Label(String(parts[0]), String(parts[1]))
    }
}
