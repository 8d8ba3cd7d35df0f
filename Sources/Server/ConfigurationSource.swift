import ConfigurationFile
import Foundation
import PromQL
import StrictYAML

/// Where the configuration comes from, at the start and at each reload.
struct ConfigurationSource: Sendable {
    let path: String
    let features: PromQLOptions

    func load() throws(ConfigurationError) -> ServerConfiguration {
        try ConfigurationLoader.load(path, files: .disk, environment: ProcessInfo.processInfo.environment, options: features)
    }
}
