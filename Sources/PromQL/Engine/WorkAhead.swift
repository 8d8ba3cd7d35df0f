import Glibc
import Runtime
import Synchronization

/// Works on numbered items ahead of their turn, on other threads beside the one that uses them.
///
/// Items are used strictly in order, whoever worked on them, so that an answer does not depend on the number of threads, not even in its last digit.
/// The user's thread works too where it would have to wait, so nothing depends on whether the others are ever free. A ring of places holds what is
/// being worked on; item `i` lies at place `i % places`.
final class WorkAhead<Place: AnyObject>: @unchecked Sendable {
    // A place is touched only by who has claimed its item, then, once it is ready, by the user. The rest is atomic or behind `crew`.
    private let places: [Place]
    private let ready: [Ready]
    private let end: Int
    /// Dropped in the end: a thread that is late must not be the one to let go of what it reads from.
    private var work: ((Int, Place) -> Void)?
    /// The first item that nobody has claimed.
    private let next: Atomic<Int>
    /// The first item that has not been used yet.
    private let used: Atomic<Int>
    private let isClosed = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let room = Semaphore()
    private let crew = Mutex(0)
    private let allGone = Semaphore()

    private final class Ready: Sendable {
        /// The item that is ready here, plus one.
        let item = Atomic<Int>(0)
    }

    /// - Parameter work: must not touch anything but its item and its place.
    init(_ items: Range<Int>, _ places: [Place], work: @escaping (Int, Place) -> Void) {
        self.places = places
        self.work = work
        ready = places.map { _ in Ready() }
        end = items.upperBound
        next = Atomic(items.lowerBound)
        used = Atomic(items.lowerBound)
    }

    /// What a thread that helps does until there is nothing left to do.
    func help() {
        let isLate = crew.withLock { crew in
            if !isClosed.load(ordering: .acquiring) { crew += 1 }
            return isClosed.load(ordering: .acquiring)
        }
        if isLate { return }
        while true {
            switch claim() {
            case .item(let item): finish(item)
            case .full: sleep()
            case .nothing: return leave()
            }
        }
    }

    /// The place of an item, worked on. Items must be asked for in order, each place given back with `giveBack` before the next.
    func take(_ item: Int) -> Place {
        let place = item % places.count
        var tries = 0
        while ready[place].item.load(ordering: .acquiring) != item &+ 1 {
            if case .item(let other) = claim() {
                finish(other)
            } else {
                // Another thread is in the middle of it.
                tries &+= 1
                if tries > 100 { sched_yield() }
            }
        }
        return places[place]
    }

    func giveBack(_ item: Int) {
        used.store(item &+ 1, ordering: .sequentiallyConsistent)
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        // Half the ring at once: waking somebody costs as much as some items.
        if next.load(ordering: .relaxed) &- item <= places.count / 2 { wake() }
    }

    /// Returns when no other thread works any more.
    func close() {
        let isEmpty = crew.withLock { crew in
            isClosed.store(true, ordering: .releasing)
            return crew == 0
        }
        wake()
        if !isEmpty { allGone.wait() }
        work = nil
    }

    private enum Claim {
        case item(Int), full, nothing
    }

    private func claim() -> Claim {
        var item = next.load(ordering: .relaxed)
        while true {
            if item >= end || isClosed.load(ordering: .relaxed) { return .nothing }
            if item >= used.load(ordering: .sequentiallyConsistent) &+ places.count { return .full }
            let (isMine, found) = next.compareExchange(expected: item, desired: item &+ 1, ordering: .acquiringAndReleasing)
            if isMine { return .item(item) }
            item = found
        }
    }

    private func finish(_ item: Int) {
        let place = item % places.count
        work?(item, places[place])
        ready[place].item.store(item &+ 1, ordering: .releasing)
    }

    private func sleep() {
        sleepers.add(1, ordering: .sequentiallyConsistent)
        // Whoever made room before seeing the sleeper wakes nobody.
        if case .full = look() { room.wait() }
    }

    private func look() -> Claim {
        let item = next.load(ordering: .sequentiallyConsistent)
        if item >= end || isClosed.load(ordering: .sequentiallyConsistent) { return .nothing }
        return item >= used.load(ordering: .sequentiallyConsistent) &+ places.count ? .full : .item(item)
    }

    private func wake() {
        for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { room.signal() }
    }

    private func leave() {
        let isLast = crew.withLock { crew in
            crew -= 1
            return crew == 0 && isClosed.load(ordering: .acquiring)
        }
        if isLast { allGone.signal() }
    }
}
