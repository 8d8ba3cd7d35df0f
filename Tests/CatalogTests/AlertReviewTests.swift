import Model
import Testing

@testable import Catalog

@Suite("Reviewing alerts")
struct AlertReviewTests {
    private static let minute: Int64 = 60_000

    /// An alert that fires and is resolved, at these minutes.
    private func firing(_ name: String, _ from: Int64, _ through: Int64?, _ labels: [String: String] = [:]) -> [TransitionRecord] {
        let start = TransitionRecord.make(name, .pending, .firing, at: Workshop.start + from * Self.minute, labels)
        guard let through else { return [start] }
        return [start, .make(name, .firing, .inactive, at: Workshop.start + through * Self.minute, labels)]
    }

    private var review: AlertReview {
        let transitions = [
            firing("Noisy", 0, 1), firing("Noisy", 5, 8), firing("Noisy", 9, 19, ["i": "b"]), firing("Noisy", 40, 41), firing("Slow", 3, 300),
            firing("Open", 60, nil), [.make("Waiting", .inactive, .pending)],
        ].flatMap { $0 }.sorted { $0.time < $1.time }
        let rules = ["Noisy", "Slow", "Open", "Waiting", "Quiet"].map { AlertReview.Rule(group: "g", name: $0, hasRunbook: $0 != "Quiet") }
        return AlertReview(transitions, rules: rules)
    }

    @Test("who makes noise, comes and goes, never fires, and has no runbook")
    func figures() {
        #expect(review.activities.map { "\($0.name) \($0.firings) \($0.alerts)" } == ["Noisy 4 2", "Open 1 1", "Slow 1 1"])
        #expect(review.activities.first?.medianDuration == Self.minute && review.activities.first?.longestDuration == 10 * Self.minute)
        #expect(review.activities[1].medianDuration == nil)
        #expect(review.flapping.map { "\($0.name) \($0.returns)" } == ["Noisy 1"])
        #expect(review.neverFired.map(\.name) == ["Waiting", "Quiet"])
        #expect(review.withoutRunbook.map(\.name) == ["Quiet"])
    }

    @Test("the text for a terminal")
    func text() {
        #expect(
            review.lines(showing: 2) == [
                "Noisiest (how often, of how many alerts, half of them resolved within, longest): 3", "  4×  2  1m  10m  g/Noisy",
                "  1×  1  –  –  g/Open",
                "  … and 1 more", "", "Flapping (fired again within 10m): 1", "  1×  g/Noisy", "", "Never fired: 2", "  g/Waiting", "  g/Quiet", "",
                "Without a runbook: 1", "  g/Quiet", "",
            ])
        #expect(AlertReview([], rules: []).lines().allSatisfy { $0.isEmpty || $0.hasSuffix(": none") })
    }
}
