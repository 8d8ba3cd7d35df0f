import Exposition
import Model

/// The page of `/federate`.
struct FederationPage: Sendable {
    let escaping: NameEscaping
    private let samples: [FederatedSample]
    private let external: [Label]

    /// - Parameter external: added to series without labels of these names; and so is an empty `instance`, so that whoever scrapes the page does not
    ///   give them its own.
    init(_ samples: [FederatedSample], external: Labels, escaping: NameEscaping) {
        self.samples = samples
        self.escaping = escaping
        var labels = Array(external)
        if external["instance"] == nil { labels.append(Label("instance", "")) }
        self.external = labels.sorted { precedes($0.name, $1.name) }
    }

    /// Bytes that the page will have, roughly.
    var expectedSize: Int { samples.reduce(0) { $0 + $1.labels.encoding.count + 64 } }

    var whole: [UInt8] {
        var writer = TextWriter(escaping: escaping)
        for index in samples.indices { append(index, to: &writer) }
        return writer.page
    }

    /// To its end, or until nobody wants the rest of it.
    func write(to pieces: PieceWriter) {
        var writer = TextWriter(escaping: escaping)
        for index in samples.indices {
            append(index, to: &writer)
            if writer.page.count >= AnswerStream.pieceSize, !pieces.put(writer.take()) { break }
        }
        pieces.finish(writer.take())
    }

    private func append(_ index: Int, to writer: inout TextWriter) {
        let sample = samples[index]
        if index == 0 || !sameBytes(samples[index - 1].name, sample.name) { writer.family(sample.name, .unknown) }
        writer.sample(sample.labels, adding: external, sample.value, at: sample.time)
    }
}
