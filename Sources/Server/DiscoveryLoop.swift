import Logging
import Scraping
import StrictYAML
import Synchronization

/// Reads the target files of all jobs again and again, and hands what has changed to the scrape manager.
final class DiscoveryLoop: Sendable {
    /// Reading small files is cheap, so changes are seen soon after they are made.
    private static let period = Duration.seconds(2)

    private let scrapes: ScrapeManager
    private let logger: Logger
    private let jobs = Mutex<[String: Job]>([:])

    private struct Job {
        var files: [FileDiscovery]
        /// What was already complained about, so that a broken file is not logged at each reading.
        var problems: [String] = []
    }

    init(_ scrapes: ScrapeManager, _ logger: Logger) {
        self.scrapes = scrapes
        self.logger = logger
    }

    /// Takes over a configuration's jobs and reads their files at once.
    func apply(_ configurations: [ScrapeConfiguration]) {
        jobs.withLock { jobs in
            jobs = Dictionary(
                uniqueKeysWithValues: configurations.map { job in
                    let known = jobs[job.jobName]
                    if let known, known.files.map(\.configuration) == job.fileDiscovery { return (job.jobName, known) }
                    return (job.jobName, Job(files: job.fileDiscovery.map { FileDiscovery($0) }))
                })
        }
        refresh(always: true)
    }

    /// Refreshes until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.period)
            refresh(always: false)
        }
    }

    private func refresh(always: Bool) {
        jobs.withLock { jobs in
            for name in jobs.keys {
                guard var job = jobs[name] else { continue }
                let changed = refresh(&job, name)
                if changed || always { report(scrapes.discovered(job.files.flatMap(\.groups), job: name), name) }
                jobs[name] = job
            }
        }
    }

    private func refresh(_ job: inout Job, _ name: String) -> Bool {
        var changed = false
        var problems: [String] = []
        for index in job.files.indices {
            let outcome = job.files[index].refresh(.disk)
            changed = outcome.changed || changed
            problems += outcome.problems
        }
        report(problems.filter { !job.problems.contains($0) }, name)
        job.problems = problems
        return changed
    }

    private func report(_ problems: [String], _ job: String) {
        for problem in problems { logger.error("targets cannot be used", metadata: ["job": "\(job)", "problem": "\(problem)"]) }
    }
}
