/// The variables that can be used at a point of a template, each with the place that it has when the template is executed.
struct VariableScope {
    private var visible: [Variable] = [Variable(name: "$", slot: 0)]
    /// Names declared where execution may not have come by; they are known, but have no value.
    private var absent: [String] = []
    private(set) var slots = 1
    /// The most slots in use at once.
    private(set) var most = 1

    mutating func declare(_ name: String) -> Variable {
        let variable = Variable(name: name, slot: slots)
        slots += 1
        most = max(most, slots)
        visible.append(variable)
        return variable
    }

    /// The variable that an assignment changes. From then on its name is known even if it was not.
    mutating func assign(_ name: String) -> Variable {
        if let variable = find(name) { return variable }
        absent.append(name)
        return Variable(name: name, slot: nil)
    }

    /// Nil if no such variable was declared before.
    func find(_ name: String) -> Variable? {
        if let variable = visible.last(where: { $0.name == name }) { return variable }
        return absent.contains(name) ? Variable(name: name, slot: nil) : nil
    }

    /// What ends with a control structure: everything declared since.
    func mark() -> VariableScope { self }

    mutating func restore(_ mark: VariableScope) {
        let most = self.most
        self = mark
        self.most = most
    }

    /// In the else part the variables of the first part are known by name alone.
    mutating func leave(body mark: VariableScope) {
        let names = visible.dropFirst(mark.visible.count).map(\.name) + absent
        restore(mark)
        absent = names
    }
}
