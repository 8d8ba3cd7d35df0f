import Glibc
import Model
import Runtime
import TSDB

/// What the storage engine costs without scraping, on the real disk.
///
///     StorageBenchmark fill FOLDER SERIES ROUNDS SECONDS    scrapes so many series so often, and leaves the folder as a kill does
///     StorageBenchmark churn FOLDER SERIES HOURS            keeps a tenth of so many series alive, and replaces so many every hour
@main
struct StorageBenchmark {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst(2).compactMap { Int($0) }
        guard arguments.count >= 4, numbers.count == arguments.count - 2 else {
            print("usage: StorageBenchmark fill FOLDER SERIES ROUNDS SECONDS | churn FOLDER SERIES HOURS")
            exit(2)
        }
        var load = try Load(folder: arguments[1])
        switch (arguments[0], numbers.count) {
        case ("fill", 3): try fill(&load, series: numbers[0], rounds: numbers[1], seconds: numbers[2])
        case ("churn", 2): try churn(&load, series: numbers[0], hours: numbers[1])
        default: exit(2)
        }
        fflush(nil)
        // No close: that is how it is left.
        exit(0)
    }

    private static func fill(_ load: inout Load, series: Int, rounds: Int, seconds: Int) throws {
        let targets = (0..<max(1, series / 1000)).map { ($0, 0) }
        for _ in 0..<rounds {
            for (target, life) in targets { try load.scrape(target, life) }
            load.pass(seconds: seconds)
        }
        print(load.tell("\(rounds) rounds"))
    }

    /// Every target lives six minutes, a tenth of an hour, and is scraped twice a minute.
    private static func churn(_ load: inout Load, series: Int, hours: Int) throws {
        let targets = max(1, series / 10_000)
        for hour in 0..<hours {
            for halfMinute in 0..<120 {
                let now = hour * 120 + halfMinute
                for target in 0..<targets {
                    // Their ends are spread over the six minutes.
                    let (life, age) = (now + target % 12).quotientAndRemainder(dividingBy: 12)
                    if age == 0, now > 0 { try load.end(target) }
                    try load.scrape(target, life)
                }
                load.pass(seconds: 30)
            }
            print(load.tell("hour \(hour + 1)"))
            fflush(nil)
        }
    }
}
