import Model
import Notifier
import Synchronization
import TSDB
import TestKit
import Testing

@testable import Catalog

@Suite("Copies of the catalog")
struct CopyTests {
    @Test("a copy made while records are written is whole, verifies, and gives out no delivery's ID again")
    func underLoad() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        _ = try catalog.notificationStore.load()
        var values = RandomValues(1)
        try catalog.notificationStore.commit([.queued(values.delivery(41)), .silence(try values.silence(1))])
        for number in 0..<2000 { catalog.recorder.record(.audit("before", "\(number)")) }
        catalog.flush()
        for number in 0..<5000 { catalog.recorder.record(.audit("during", "\(number)")) }
        let copy = try Workshop()
        try CatalogReader(dataFolder: workshop.folder.path, RealFileSystem()).copy(toDataFolder: copy.folder.path)
        let copied = try copy.open()
        #expect(try copied.verify().fault == nil)
        let kept = try copied.all()
        #expect(kept.count { $0.action == "before" } == 2000)
        catalog.flush()
        #expect(try catalog.all().starts(with: kept))
        let state = try copied.notificationStore.load()
        #expect(state.silences.count == 1 && state.deliveries.map(\.id) == [41] && state.nextDelivery > 42 + 100_000)
    }

    @Test("a catalog is read while a server has it, and after it has ended; where there is none that is told")
    func reading() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        catalog.recorder.record(.audit("a"))
        catalog.flush()
        let reader = try CatalogReader(dataFolder: workshop.folder.path, RealFileSystem())
        catalog.recorder.record(.audit("b"))
        catalog.close()
        var found: [String] = []
        try reader.forEach(RecordQuery(kinds: [.audit], limit: 1)) { found.append($0.entry.action) }
        #expect(found == ["b", "a"])
        let later = try CatalogReader(dataFolder: workshop.folder.path, RealFileSystem())
        #expect(try later.verify(expected: try reader.mark()).records == 2)
        #expect(throws: CatalogError.self) { try CatalogReader(dataFolder: try Workshop().folder.path, RealFileSystem()) }
    }

    @Test("two servers do not have one catalog")
    func locked() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        #expect(throws: CatalogError.self) { try workshop.open() }
        catalog.close()
        try workshop.open().close()
    }
}
