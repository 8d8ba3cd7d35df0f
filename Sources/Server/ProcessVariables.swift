import Foundation

/// The environment that the server was started in: among others it says which proxies to take.
enum ProcessVariables {
    static var all: [String: String] { ProcessInfo.processInfo.environment }
}
