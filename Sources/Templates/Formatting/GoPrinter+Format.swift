extension GoPrinter {
    /// `Sprintf`. Faults of the format show in the text, as in Go.
    static func format(_ format: String, _ values: [TemplateValue], limit: Int) -> String {
        var printer = GoPrinter(limit: limit)
        var reader = FormatReader(format, values)
        while !printer.isFull, reader.copyText(to: &printer) { reader.directive(to: &printer) }
        if !reader.hasReordered, reader.next < values.count { printer.writeExtra(values[reader.next...]) }
        return printer.out
    }

    fileprivate mutating func writeExtra(_ values: ArraySlice<TemplateValue>) {
        flags = GoFlags()
        write("%!(EXTRA ")
        for (index, value) in values.enumerated() {
            if index > 0 { write(", ") }
            if case .missing = value {
                write("<nil>")
            } else {
                write(value.typeName + "=")
                print(value, "v")
            }
        }
        write(")")
    }
}

/// Goes through a format and its arguments.
private struct FormatReader {
    private let scalars: [Unicode.Scalar]
    private let values: [TemplateValue]
    private var at = 0
    /// The argument that is next.
    private(set) var next = 0
    /// Whether an index such as `[2]` was used; then arguments may be left over.
    private(set) var hasReordered = false
    private var isGoodIndex = true
    private var hasIndex = false

    init(_ format: String, _ values: [TemplateValue]) {
        scalars = Array(format.unicodeScalars)
        self.values = values
    }

    /// Copies up to a `%`, which is passed; false at the end.
    mutating func copyText(to printer: inout GoPrinter) -> Bool {
        let start = at
        while at < scalars.count, scalars[at] != "%" { at += 1 }
        if at > start { printer.write(String(String.UnicodeScalarView(scalars[start..<at]))) }
        guard at < scalars.count else { return false }
        at += 1
        return true
    }

    mutating func directive(to printer: inout GoPrinter) {
        isGoodIndex = true
        hasIndex = false
        printer.flags = flags()
        argumentIndex()
        width(&printer)
        precision(&printer)
        if !hasIndex { argumentIndex() }
        guard at < scalars.count else { return printer.write("%!(NOVERB)") }
        let verb = scalars[at]
        at += 1
        if verb == "%" { return printer.write("%") }
        guard isGoodIndex else { return printer.write("%!\(verb)(BADINDEX)") }
        guard next < values.count else { return printer.write("%!\(verb)(MISSING)") }
        let value = values[next]
        next += 1
        print(value, verb, to: &printer)
    }

    private func print(_ value: TemplateValue, _ verb: Unicode.Scalar, to printer: inout GoPrinter) {
        if verb == "v" {
            printer.flags.isPlusValue = printer.flags.plus
            printer.flags.isGoSyntax = printer.flags.sharp
            printer.flags.plus = false
            printer.flags.sharp = false
        }
        if case .missing = value, verb == "T" { return printer.pad("<nil>") }
        printer.print(value, verb)
    }

    private mutating func flags() -> GoFlags {
        var flags = GoFlags()
        while at < scalars.count {
            switch scalars[at] {
            case "+": flags.plus = true
            case "-": flags.minus = true
            case "#": flags.sharp = true
            case " ": flags.space = true
            case "0": flags.zero = true
            default: return flags
            }
            at += 1
        }
        return flags
    }

    private mutating func width(_ printer: inout GoPrinter) {
        if at < scalars.count, scalars[at] == "*" {
            at += 1
            guard let width = takeInteger() else { return printer.write("%!(BADWIDTH)") }
            if width < 0 { printer.flags.minus = true }
            printer.flags.width = abs(width)
            hasIndex = false
        } else if let width = number() {
            printer.flags.width = width
            // `%[3]2d`
            if hasIndex { isGoodIndex = false }
        }
    }

    private mutating func precision(_ printer: inout GoPrinter) {
        guard at < scalars.count, scalars[at] == "." else { return }
        at += 1
        if hasIndex { isGoodIndex = false }
        argumentIndex()
        if at < scalars.count, scalars[at] == "*" {
            at += 1
            hasIndex = false
            let precision = takeInteger()
            if let precision, precision >= 0 {
                printer.flags.precision = precision
            } else if precision == nil {
                printer.write("%!(BADPREC)")
            }
            return
        }
        printer.flags.precision = number() ?? 0
    }

    /// Go refuses numbers that have another digit behind a million, and with them the rest of the format.
    private static let mostNumber = 1_000_000

    private mutating func number() -> Int? {
        let start = at
        var value = 0
        while at < scalars.count, ("0"..."9").contains(scalars[at]) {
            if value > Self.mostNumber {
                at = scalars.count
                return nil
            }
            value = value * 10 + Int(scalars[at].value - 48)
            at += 1
        }
        return at > start ? value : nil
    }

    private mutating func takeInteger() -> Int? {
        guard next < values.count else { return nil }
        let value = values[next]
        next += 1
        switch value {
        case .int(let integer) where (-Self.mostNumber...Self.mostNumber).contains(integer): return integer
        case .byte(let byte): return Int(byte)
        default: return nil
        }
    }

    /// `[2]`: which argument is next, counted from 1.
    private mutating func argumentIndex() {
        guard at < scalars.count, scalars[at] == "[" else { return }
        hasReordered = true
        guard let end = scalars[at...].firstIndex(of: "]") else {
            isGoodIndex = false
            at += 1
            return
        }
        at += 1
        let index = number()
        if let index, at == end, (1...max(1, values.count)).contains(index), !values.isEmpty {
            next = index - 1
            hasIndex = true
        } else {
            isGoodIndex = false
        }
        at = end + 1
    }
}
