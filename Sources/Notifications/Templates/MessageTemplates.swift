public import StrictYAML
import Templates
import Model

/// The templates that messages are made with: our defaults, and what the configuration's files define in their place.
public struct MessageTemplates: Sendable {
    let definitions: TemplateDefinitions<MessageHost>

    /// A file that cannot be used.
    public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String

        public init(_ description: String) { self.description = description }
    }

    /// The defaults alone.
    /// - Parameter zone: the name of the zone whose time is told besides UTC.
    public init(zone: String = "UTC") {
        self.definitions = Self.defaults(zone)
    }

    /// Reads the files that the patterns stand for; a pattern for which there is none is no fault. Throws the first fault with file and line.
    public init(patterns: [String], files: FileReading, zone: String) throws(Fault) {
        var definitions = Self.defaults(zone)
        for path in patterns.flatMap(files.expand) {
            let bytes: [UInt8]
            do {
                bytes = try files.read(path)
            } catch {
                throw Fault("\(path): the file cannot be read")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Fault("\(path): the file is not UTF-8") }
            do throws(TemplateError) {
                try definitions.add(parsing: text, name: FilePaths.split(path).last)
            } catch {
                throw Fault("\(path): \(error)")
            }
        }
        self.definitions = definitions
    }

    public func defines(_ name: String) -> Bool { definitions.defines(name) }

    private static func defaults(_ zone: String) -> TemplateDefinitions<MessageHost> {
        var definitions = TemplateDefinitions(functions: MessageFunctions.all)
        for (name, text) in [("default", DefaultTemplates.text(zone: zone)), ("email", DefaultTemplates.html)] {
            do throws(TemplateError) {
                try definitions.add(parsing: text, name: name)
            } catch {
                preconditionFailure("BUG: \(error)")
            }
        }
        return definitions
    }
}
