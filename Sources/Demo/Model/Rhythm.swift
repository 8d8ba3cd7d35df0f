import Glibc

/// How busy the product's users are: a daily curve by UTC hour and quieter weekends. 1 is the busiest hour of a weekday.
enum Rhythm {
    private static let hours: [Double] = [
        0.22, 0.18, 0.16, 0.15, 0.17, 0.24, 0.38, 0.57, 0.76, 0.90, 0.98, 1.00,
        0.94, 0.97, 1.00, 0.96, 0.88, 0.80, 0.74, 0.70, 0.62, 0.50, 0.38, 0.29,
    ]
    /// From Thursday on, for the Unix epoch began on one.
    private static let weekdays: [Double] = [1.00, 0.92, 0.58, 0.52, 0.97, 1.00, 1.00]

    /// The level at a moment in Unix seconds: above 0, at most 1.
    static func level(at seconds: Double) -> Double {
        let day = floor(seconds / 86_400)
        let hour = (seconds - day * 86_400) / 3600
        let cell = Int(hour)
        let share = hour - Double(cell)
        let daily = hours[cell % 24] * (1 - share) + hours[(cell + 1) % 24] * share
        let weekday = Int(day) % 7
        return daily * weekdays[weekday < 0 ? weekday + 7 : weekday]
    }
}
