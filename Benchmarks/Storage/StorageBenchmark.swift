import Glibc
import Model
import Runtime
import TSDB

/// What the storage engine costs without scraping, on the real disk.
///
///     StorageBenchmark fill FOLDER SERIES ROUNDS SECONDS    scrapes so many series so often, and leaves the folder as a kill does
///     StorageBenchmark churn FOLDER SERIES HOURS            keeps a tenth of so many series alive, and replaces so many every hour
///     StorageBenchmark fold FOLDER NOW                      folds all that is there at a time, ms since 1970, and purges what is older than a week
@main
struct StorageBenchmark {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst(2).compactMap { Int($0) }
        guard arguments.count >= 3, numbers.count == arguments.count - 2 else {
            print("usage: StorageBenchmark fill FOLDER SERIES ROUNDS SECONDS | churn FOLDER SERIES HOURS | fold FOLDER NOW")
            exit(2)
        }
        switch (arguments[0], numbers.count) {
        case ("fold", 1): print(try Folding(folder: arguments[1], now: Int64(numbers[0])).run())
        case ("fill", 3): try fill(series: numbers[0], rounds: numbers[1], seconds: numbers[2], into: arguments[1])
        case ("churn", 2): try churn(series: numbers[0], hours: numbers[1], into: arguments[1])
        default: exit(2)
        }
        fflush(nil)
        // No close: that is how what was filled is left.
        exit(0)
    }

    private static func fill(series: Int, rounds: Int, seconds: Int, into folder: String) throws {
        var load = try Load(folder: folder)
        let targets = (0..<max(1, series / 1000)).map { ($0, 0) }
        for _ in 0..<rounds {
            for (target, life) in targets { try load.scrape(target, life) }
            load.pass(seconds: seconds)
        }
        print(load.tell("\(rounds) rounds"))
    }

    /// Every target lives six minutes, a tenth of an hour, and is scraped twice a minute.
    private static func churn(series: Int, hours: Int, into folder: String) throws {
        var load = try Load(folder: folder)
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
