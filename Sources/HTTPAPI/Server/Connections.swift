import NIOCore
import Synchronization

/// The connections that are open, so that a server that ends can let them end.
final class Connections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isEnding = false
        /// Told when the last one is closed.
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Returns whether the server is ending, and the connection with it.
    func add(_ channel: any Channel) -> Bool {
        state.withLock { state in
            state.open[ObjectIdentifier(channel)] = channel
            return state.isEnding
        }
    }

    func remove(_ channel: any Channel) {
        let waiter = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = nil
            return state.open.isEmpty ? state.waiter.take() : nil
        }
        waiter?.resume()
    }

    /// Tells all connections to end with the request they are at.
    func end() {
        let all = state.withLock { state in
            state.isEnding = true
            return Array(state.open.values)
        }
        for channel in all { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func untilClosed() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.open.isEmpty { state.waiter = continuation }
                return state.open.isEmpty
            }
            if isOver { continuation.resume() }
        }
    }
}
