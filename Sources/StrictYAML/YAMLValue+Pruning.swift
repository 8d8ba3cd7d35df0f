extension YAMLValue {
    /// The document without what stands at some paths, as ``path`` tells them; for readers that go on behind a fault. All else keeps its place, but
    /// what follows in a list gets a smaller index.
    public func without(_ paths: Set<String>) -> YAMLValue {
        YAMLValue(paths.isEmpty ? node : pruned(paths), path: path, notes: notes)
    }

    private func pruned(_ paths: Set<String>) -> YAMLNode {
        switch node {
        case .scalar: return node
        case .sequence(_, let place):
            let kept = ((try? list()) ?? []).filter { !paths.contains($0.path) }
            return .sequence(kept.map { $0.pruned(paths) }, place)
        case .mapping(_, let place):
            let kept = ((try? entries()) ?? []).filter { !paths.contains($0.value.path) }
            return .mapping(kept.map { YAMLEntry(key: $0.key, keyPlace: $0.keyPlace, value: $0.value.pruned(paths)) }, place)
        }
    }
}
