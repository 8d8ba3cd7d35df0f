extension TemplateExecution {
    /// Calls a function. `origin` is where a fault of the function itself is.
    mutating func call(_ name: String, _ operand: Operand, _ origin: Place, _ arguments: Arguments) throws(TemplateError) -> TemplateValue {
        place = .operand(operand)
        guard let function = template.functions.named[name] else { throw fault("\(GoQuote.quote(name)) is not a defined function") }
        try checkCount(arguments, function, name)
        if function.stopsEarly != nil { return try callLogical(function, arguments) }
        var values: [TemplateValue] = []
        values.reserveCapacity(arguments.count)
        for operand in arguments.operands {
            values.append(try argument(operand, function.type(at: values.count), arguments.dot))
        }
        if let last = arguments.last { values.append(try checked(last, function.type(at: values.count))) }
        if function.isCall { throw noFunction(values[0], arguments.operands.first, origin) }
        return try result(of: name, origin, values) { host, values throws(TemplateFailure) in try function.body(host, values) }
    }

    private mutating func noFunction(_ value: TemplateValue, _ operand: Operand?, _ origin: Place) -> TemplateError {
        place = origin
        if value.isMissing { return fault("error calling call: call of nil") }
        let written = operand.map { shown($0) } ?? value.asText ?? "<\(value.typeName) Value>"
        return fault("error calling call: non-function \(written) of type \(value.typeName)")
    }

    private func checkCount(_ arguments: Arguments, _ function: TemplateFunction<Host>, _ name: String) throws(TemplateError) {
        let wanted = function.parameters.count
        if function.rest != nil {
            guard arguments.count < wanted else { return }
            throw fault("wrong number of args for \(name): want at least \(wanted) got \(arguments.operands.count)")
        }
        if arguments.count != wanted { throw fault("wrong number of args for \(name): want \(wanted) got \(arguments.count)") }
    }

    /// `and` and `or` evaluate no argument behind the one that decides.
    private mutating func callLogical(_ function: TemplateFunction<Host>, _ arguments: Arguments) throws(TemplateError) -> TemplateValue {
        var value = TemplateValue.missing
        for operand in arguments.operands {
            value = try argument(operand, .inspected, arguments.dot)
            if value.isTrue == function.stopsEarly { return value }
        }
        return arguments.last ?? value
    }

    mutating func call(_ method: TemplateMethod, _ name: String, _ origin: Place, _ arguments: Arguments) throws(TemplateError) -> TemplateValue {
        guard arguments.count == method.parameters.count else {
            throw fault("wrong number of args for \(name): want \(method.parameters.count) got \(arguments.count)")
        }
        var values: [TemplateValue] = []
        for operand in arguments.operands {
            values.append(try argument(operand, method.parameters[values.count], arguments.dot))
        }
        if let last = arguments.last { values.append(try checked(last, method.parameters[values.count])) }
        return try result(of: name, origin, values) { _, values throws(TemplateFailure) in try method.body(values) }
    }

    private mutating func result(
        of name: String, _ origin: Place, _ values: [TemplateValue],
        _ body: (Host, [TemplateValue]) throws(TemplateFailure) -> TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        do throws(TemplateFailure) {
            let result = try body(host, values)
            try spend(for: values, result, origin)
            return result
        } catch {
            place = origin
            throw fault("error calling \(name): \(error)")
        }
    }

    /// Long texts cost more than short ones, so that a bound of steps is one of time.
    private mutating func spend(for values: [TemplateValue], _ result: TemplateValue, _ origin: Place) throws(TemplateFailure) {
        let made = result.asText?.utf8.count ?? 0
        if made > template.limits.outputBytes { throw TemplateFailure("more than \(template.limits.outputBytes) bytes of text") }
        let bytes = values.reduce(made) { $0 + ($1.asText?.utf8.count ?? 0) }
        guard bytes >= 64 else { return }
        do throws(TemplateError) {
            try spend(bytes / 64)
        } catch {
            throw TemplateFailure("more than \(template.limits.steps) steps")
        }
    }
}
