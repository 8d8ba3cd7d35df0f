import Model

/// Writes values as Go's `fmt` does.
struct GoPrinter {
    private(set) var out = ""
    /// No more is written beyond about this many bytes: such a text is refused anyway.
    let limit: Int
    var flags = GoFlags()

    init(limit: Int) { self.limit = limit }

    var isFull: Bool { out.utf8.count > limit }

    /// `%v` of a value that a template prints: what a pointer points to.
    static func text(of value: TemplateValue, limit: Int) -> String {
        var printer = GoPrinter(limit: limit)
        if case .record(let record) = value { printer.printFields(record, "v", depth: 0) } else { printer.print(value, "v") }
        return printer.out
    }

    /// `Sprint`: spaces between arguments of which neither is a string.
    static func print(_ values: [TemplateValue], limit: Int) -> String {
        var printer = GoPrinter(limit: limit)
        var wasString = true
        for (index, value) in values.enumerated() {
            var isString = false
            if case .string = value { isString = true }
            if case .markup = value { isString = true }
            if index > 0, !isString, !wasString { printer.write(" ") }
            printer.print(value, "v")
            wasString = isString
        }
        return printer.out
    }

    /// `Sprintln`: spaces between all arguments.
    static func printLine(_ values: [TemplateValue], limit: Int) -> String {
        var printer = GoPrinter(limit: limit)
        for (index, value) in values.enumerated() {
            if index > 0 { printer.write(" ") }
            printer.print(value, "v")
        }
        printer.write("\n")
        return printer.out
    }

    mutating func write(_ text: String) {
        if !isFull { out += text }
    }

    // MARK: Values

    mutating func print(_ value: TemplateValue, _ verb: Unicode.Scalar, depth: Int = 0) {
        if isFull { return }
        if verb == "T" { return printText(value.typeName, "s", value) }
        switch value {
        case .missing: printMissing(verb, depth)
        case .bool(let bool): verb == "t" || verb == "v" ? pad(bool ? "true" : "false") : printBad(verb, value)
        case .int(let integer): printInteger(integer, isSigned: true, verb, value)
        case .byte(let byte): printInteger(Int(byte), isSigned: false, verb, value)
        case .double(let double): printDouble(double, verb, value)
        case .string(let text), .markup(let text): printText(text, verb, value)
        case .pairs(let labels) where !flags.isGoSyntax && "vsxXq".unicodeScalars.contains(verb):
            printText(MessageMembers.text(of: labels), verb, value)
        case .list(let list) where list.typeName == MessageMembers.pairList && !flags.isGoSyntax && "vsxXq".unicodeScalars.contains(verb):
            printText(MessageMembers.text(ofPairs: list), verb, value)
        case .labels(let labels), .pairs(let labels):
            printEntries(value, verb) { body in for label in labels { body(.string(label.name), .string(label.value)) } }
        case .map(let map): printEntries(value, verb) { body in for entry in map.entries { body(.string(entry.key), entry.value) } }
        case .list(let list): printElements(list, verb, depth)
        case .record(let record): printRecord(record, verb, depth)
        case .object(let object): printObject(object, verb, value)
        }
    }

    private mutating func printMissing(_ verb: Unicode.Scalar, _ depth: Int) {
        if verb == "v" { pad(flags.isGoSyntax && depth > 0 ? "interface {}(nil)" : "<nil>") } else { printBad(verb, .missing) }
    }

    /// `%!d(string=text)`.
    mutating func printBad(_ verb: Unicode.Scalar, _ value: TemplateValue) {
        write("%!\(verb)(")
        if case .missing = value {
            write("<nil>")
        } else {
            write(value.typeName + "=")
            // Width and precision hold here too.
            print(value, "v")
        }
        write(")")
    }

    private mutating func printEntries(
        _ value: TemplateValue, _ verb: Unicode.Scalar, _ each: ((TemplateValue, TemplateValue) -> Void) -> Void
    ) {
        write(flags.isGoSyntax ? value.typeName + "{" : "map[")
        var entries: [(TemplateValue, TemplateValue)] = []
        each { entries.append(($0, $1)) }
        for (index, entry) in entries.enumerated() {
            if index > 0 { write(flags.isGoSyntax ? ", " : " ") }
            print(entry.0, verb, depth: 1)
            write(":")
            print(entry.1, verb, depth: 1)
        }
        write(flags.isGoSyntax ? "}" : "]")
    }

    private mutating func printElements(_ list: TemplateList, _ verb: Unicode.Scalar, _ depth: Int) {
        write(flags.isGoSyntax ? list.typeName + "{" : "[")
        for (index, element) in list.elements.enumerated() {
            if index > 0 { write(flags.isGoSyntax ? ", " : " ") }
            print(element, verb, depth: 1)
        }
        write(flags.isGoSyntax ? "}" : "]")
    }

    private mutating func printRecord(_ record: TemplateRecord, _ verb: Unicode.Scalar, _ depth: Int) {
        if record.isPointer {
            // Go shows the address of what is deeper, and for most verbs says that they suit no pointer.
            if depth > 0, !"vpbodxX".unicodeScalars.contains(verb) { return printBad(verb, .record(record)) }
            write("&")
        }
        printFields(record, verb, depth: depth)
    }

    private mutating func printFields(_ record: TemplateRecord, _ verb: Unicode.Scalar, depth: Int) {
        if flags.isGoSyntax { write(String(record.typeName.drop { $0 == "*" })) }
        write("{")
        for (index, field) in record.fields.enumerated() {
            if index > 0 { write(flags.isGoSyntax ? ", " : " ") }
            if flags.isPlusValue || flags.isGoSyntax { write(field.name + ":") }
            print(field.value, verb, depth: 1)
        }
        write("}")
    }

    private mutating func printObject(_ object: any TemplateObject, _ verb: Unicode.Scalar, _ value: TemplateValue) {
        if "vsxXq".unicodeScalars.contains(verb) { return printText(object.text, verb, value) }
        if let number = object.number { return printInteger(number, isSigned: true, verb, value) }
        write("%!\(verb)(\(object.typeName)=\(object.text))")
    }

    // MARK: Text

    private mutating func printText(_ text: String, _ verb: Unicode.Scalar, _ value: TemplateValue) {
        switch verb {
        case "v": pad(flags.isGoSyntax ? quoted(text) : cut(text))
        case "s": pad(cut(text))
        case "q": pad(quoted(cut(text)))
        case "x", "X": pad(hex(text, uppercase: verb == "X"))
        default: printBad(verb, value)
        }
    }

    /// At most as many characters as the precision says.
    private func cut(_ text: String) -> String {
        guard let precision = flags.precision else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
    }

    private func quoted(_ text: String) -> String {
        if flags.sharp, !flags.isGoSyntax, let backquoted = GoQuote.backquote(text) { return backquoted }
        return GoQuote.quote(text, ascii: flags.plus)
    }

    private func hex(_ text: String, uppercase: Bool) -> String {
        let bytes = Array(text.utf8.prefix(flags.precision ?? Int.max))
        let prefix = flags.sharp ? (uppercase ? "0X" : "0x") : ""
        let digits = bytes.map { GoQuote.hex(UInt32($0), width: 2, uppercase: uppercase) }
        if flags.space { return digits.map { prefix + $0 }.joined(separator: " ") }
        return bytes.isEmpty ? "" : prefix + digits.joined()
    }

    /// Widens to the width, which counts characters.
    mutating func pad(_ text: String, zeros: Bool = true) {
        guard let width = flags.width else { return write(text) }
        let missing = width - text.unicodeScalars.count
        guard missing > 0 else { return write(text) }
        if flags.minus { return write(text + String(repeating: " ", count: missing)) }
        write(String(repeating: flags.zero && zeros ? "0" : " ", count: missing) + text)
    }
}

/// What stands between `%` and the verb.
struct GoFlags {
    var plus = false
    var minus = false
    var sharp = false
    var space = false
    var zero = false
    var width: Int?
    var precision: Int?
    /// `%+v`: names of fields.
    var isPlusValue = false
    /// `%#v`: as Go source.
    var isGoSyntax = false
}
