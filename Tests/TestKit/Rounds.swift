import Glibc

/// How many mutations a test tries: `usual` in the everyday run, what `MARTLET_MUTATIONS` says in a campaign.
public func mutationRounds(usual: Int) -> Int {
    getenv("MARTLET_MUTATIONS").flatMap { Int(String(cString: $0)) } ?? usual
}
