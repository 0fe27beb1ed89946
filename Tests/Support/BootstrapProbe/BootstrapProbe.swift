import Bootstrap
import Platform

/// Joins the meeting that the environment describes and says how that went; for tests that need
/// ranks to be processes.
@main struct BootstrapProbe {
    static func main() {
        let started = Clock.nowNanoseconds()
        do throws(BootstrapError) {
            let membership = try Meeting.join(try .fromEnvironment())
            let milliseconds = (Clock.nowNanoseconds() - started) / 1_000_000
            print(
                "joined \(membership.rank) of \(membership.rankCount) in \(milliseconds) ms;",
                "descriptors \(Host.openDescriptorCount); roster \(digest(of: membership))")
        } catch {
            print("failed: \(error)")
            Host.exit(1)
        }
    }

    /// The same number on every rank that holds the same roster.
    private static func digest(of membership: Membership) -> String {
        var digest: UInt64 = 14_695_981_039_346_656_037
        for member in membership.roster {
            let text = "\(member.rank) \(member.place) \(member.processorCount)"
            for byte in text.utf8 { digest = (digest ^ UInt64(byte)) &* 1_099_511_628_211 }
        }
        return String(digest, radix: 16)
    }
}
