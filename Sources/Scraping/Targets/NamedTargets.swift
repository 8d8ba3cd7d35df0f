import Model
public import StrictYAML

extension ScrapeConfiguration {
    /// The targets that the job itself and its files of targets name, as relabelling leaves them, and how their pages are stored. No name is looked up;
    /// what is no target, or in a file that cannot be read, is left out.
    public func namedTargets(_ files: FileReading) -> [(target: Target, options: TargetIngester.Options)] {
        let found = discovery.fileDiscovery.flatMap { configuration in
            var discovery = FileDiscovery(configuration)
            _ = discovery.refresh(files)
            return discovery.groups
        }
        let builder = TargetBuilder(job: self)
        let options = LoopSettings(self).options
        return (discovery.staticGroups + found).flatMap { builder.build($0).outcomes }.compactMap { outcome in
            guard case .target(let target) = outcome else { return nil }
            return (target, options)
        }
    }
}
