import Foundation
import Notifier

/// The system's own zones.
let systemZones = ZoneDatabase { name in
    (try? Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/" + name))).map { [UInt8]($0) }
}
