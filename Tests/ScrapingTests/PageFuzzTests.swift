import PageFuzz
import TestKit
import Testing

@Suite("Pages, made and damaged")
struct PageFuzzTests {
    /// A short campaign; `make soak` has long ones.
    @Test func areStoredAsTheyAreWrittenOrNotAtAll() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var fuzz = PageFuzz(seed: seed)
        for _ in 0..<mutationRounds(usual: 900) {
            let page = fuzz.next()
            do { try fuzz.check(page) } catch {
                Issue.record("seed \(seed): \(error): \(String(decoding: page.bytes, as: UTF8.self))")
                return
            }
        }
        #expect(fuzz.stored > 100 && fuzz.refused > 100 && fuzz.compared > 1000, "seed \(seed)")
    }
}
