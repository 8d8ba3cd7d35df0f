/// How the values of a chunk become integers near each other.
enum ValueForm: Equatable {
    /// Decimals with few digits: the integer times `factor`, divided by 10^`places`, is the value to the bit.
    case decimal(places: Int, factor: Int64)
    /// The bits of any value, in an order that is that of the values.
    case bits

    static let mostPlaces = 15
    /// Integers up to here are doubles.
    static let greatest = Int64(1) << 53
    static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]

    /// The integer that stands for a value of which it is known that one does; of any other the nearest, and nil if that is out of reach.
    func integer(_ value: Double) -> Int64? {
        switch self {
        case .bits: return OrderedBits.integer(value)
        case .decimal(let places, let factor):
            let scaled = (value * Self.powers[places]).rounded()
            guard scaled.magnitude <= Double(Self.greatest) else { return nil }
            return factor == 1 ? Int64(scaled) : Int64((scaled / Double(factor)).rounded())
        }
    }

    func value(_ integer: Int64) -> Double {
        switch self {
        case .bits: OrderedBits.value(integer)
        case .decimal(let places, let factor): Double(integer &* factor) / Self.powers[places]
        }
    }

    /// Turns integers into their values, in place.
    func restore(_ memory: UnsafeMutablePointer<Double>, _ count: Int) {
        memory.withMemoryRebound(to: Int64.self, capacity: count) { integers in
            switch self {
            case .bits: for i in 0..<count { integers[i] = OrderedBits.swapped(integers[i]) }
            case .decimal(0, let factor):
                for i in 0..<count { integers[i] = Int64(bitPattern: Double(integers[i] &* factor).bitPattern) }
            case .decimal(let places, let factor):
                let power = Self.powers[places]
                for i in 0..<count { integers[i] = Int64(bitPattern: (Double(integers[i] &* factor) / power).bitPattern) }
            }
        }
    }
}

/// The bits of doubles as integers in the same order: those of negative values are turned around.
enum OrderedBits {
    static func integer(_ value: Double) -> Int64 { swapped(Int64(bitPattern: value.bitPattern)) }

    static func value(_ integer: Int64) -> Double { Double(bitPattern: UInt64(bitPattern: swapped(integer))) }

    @inline(__always)
    static func swapped(_ bits: Int64) -> Int64 { bits ^ (bits &>> 63 & Int64.max) }
}
