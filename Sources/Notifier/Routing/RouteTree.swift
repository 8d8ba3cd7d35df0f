public import Model

/// The routing tree with what each node has from its parent filled in.
public struct RouteTree: Sendable {
    /// What holds for the alerts that end at a node.
    public struct Options: Sendable {
        public var receiver: String
        public var groupBy: RouteConfiguration.Grouping = .labels([])
        /// Milliseconds.
        public var groupWait: Int64 = 30_000
        public var groupInterval: Int64 = 300_000
        public var repeatInterval: Int64 = 14_400_000
        /// Not handed down to children.
        public var muteTimeIntervals: [String] = []
        public var activeTimeIntervals: [String] = []
        public var digest: DailyTime?
        /// See `RouteConfiguration`.
        public var pause: Int64 = 0

        public init(receiver: String) { self.receiver = receiver }
    }

    public struct Node: Sendable {
        /// `{}/{severity="critical"}`: the conditions on the way to the node, which groups' keys begin with.
        public let key: String
        public let matchers: [AlertMatcher]
        public let continues: Bool
        public let options: Options
        /// Indexes into `nodes`.
        public fileprivate(set) var children: [Int]
    }

    /// The root first, parents before their children.
    public private(set) var nodes: [Node] = []

    public init(_ configuration: RouteConfiguration) {
        add(configuration, parent: nil)
    }

    @discardableResult
    private mutating func add(_ configuration: RouteConfiguration, parent: Node?) -> Int {
        let index = nodes.count
        let key = (parent.map { $0.key + "/" } ?? "") + configuration.matchers.braced
        let options = (parent?.options ?? Options(receiver: "")).overridden(by: configuration)
        nodes.append(Node(key: key, matchers: configuration.matchers, continues: configuration.continues, options: options, children: []))
        let node = nodes[index]
        for child in configuration.routes {
            let added = add(child, parent: node)
            nodes[index].children.append(added)
        }
        return index
    }

    /// The nodes at which an alert ends, in the order of the file; at least one, since the root takes everything.
    public func matches(_ labels: Labels) -> [Int] {
        matches(labels, below: 0)
    }

    private func matches(_ labels: Labels, below index: Int) -> [Int] {
        let node = nodes[index]
        guard node.matchers.match(labels) else { return [] }
        var all: [Int] = []
        for child in node.children {
            let found = matches(labels, below: child)
            all += found
            if !found.isEmpty, !nodes[child].continues { break }
        }
        return all.isEmpty ? [index] : all
    }

    /// The labels that tell the groups of a node apart.
    public func groupLabels(of labels: Labels, at index: Int) -> Labels {
        switch nodes[index].options.groupBy {
        case .all: labels
        case .labels(let names): labels.keeping(names)
        }
    }

    /// What names a group in notifications and in the log: `{}/{a="b"}:{alertname="x"}`.
    public func groupKey(of groupLabels: Labels, at index: Int) -> String {
        nodes[index].key + ":" + GroupKey.text(of: groupLabels)
    }
}

extension RouteTree.Options {
    fileprivate func overridden(by route: RouteConfiguration) -> RouteTree.Options {
        var options = self
        options.receiver = route.receiver ?? receiver
        options.groupBy = route.groupBy ?? groupBy
        options.groupWait = route.groupWait ?? groupWait
        options.groupInterval = route.groupInterval ?? groupInterval
        options.repeatInterval = route.repeatInterval ?? repeatInterval
        options.muteTimeIntervals = route.muteTimeIntervals
        options.activeTimeIntervals = route.activeTimeIntervals
        options.digest = route.digest ?? digest
        options.pause = route.pause ?? pause
        return options
    }
}

enum GroupKey {
    /// `{a="b", c="d"}`, as Prometheus's Go library writes a set of labels.
    static func text(of labels: Labels) -> String {
        "{" + labels.map { $0.name + "=" + quoted($0.value) }.joined(separator: ", ") + "}"
    }
}
