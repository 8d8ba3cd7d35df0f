import Glibc
import Runtime

/// Whether figures are wanted that count: `MARTLET_BENCH=1`, in a release build.
enum Measuring {
    static let large = getenv("MARTLET_BENCH") != nil
}

/// The memory of this process, in bytes.
func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = SystemClock()
    let start = clock.monotonic()
    try body()
    return Double(clock.monotonic() - start) / 1e9
}
