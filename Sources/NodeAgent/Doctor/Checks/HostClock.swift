internal import Platform

/// The clock: right for certificates and logs, and cheap to read.
struct HostClock: Sendable {
    /// What the kernel says of the time of day; nil where the call is not allowed.
    var discipline: ClockDiscipline?
    var problem: String?
    /// What the kernel counts time with.
    var source: String?

    static let sourcePath = "/sys/devices/system/clocksource/clocksource0/current_clocksource"

    init(_ files: HostFiles, discipline: Result<ClockDiscipline, SystemError>) {
        source = files.text(Self.sourcePath)
        switch discipline {
        case .success(let value): self.discipline = value
        case .failure(let error): problem = "\(error)"
        }
    }

    var findings: [Finding] { [synchronisation] + (sourceFinding.map { [$0] } ?? []) }

    private var synchronisation: Finding {
        guard let discipline else {
            return .unknown(.clock, "whether the time of day is right", [problem ?? "adjtimex"])
        }
        let milliseconds = discipline.maximumErrorMicroseconds / 1000
        let evidence = [
            "adjtimex: \(discipline.isSynchronised ? "synchronised" : "not synchronised"), at most "
                + "\(milliseconds) ms wrong"
        ]
        if discipline.isSynchronised {
            return .ok(.clock, "synchronised, at most \(milliseconds) ms wrong", evidence)
        }
        return .warning(
            .clock,
            "nothing keeps the time of day right: certificates may seem expired, and logs "
                + "of several nodes cannot be compared", evidence,
            remedy: "run a time service: 'apt-get install systemd-timesyncd', or chrony")
    }

    /// Reads of these leave the processor, or the kernel at least.
    private static let slowSources: Set<String> = ["hpet", "acpi_pm", "jiffies", "refined-jiffies"]

    private var sourceFinding: Finding? {
        guard let source, Self.slowSources.contains(source) else { return nil }
        return .warning(
            .clock, "the kernel counts time with \(source): reading the clock is slow",
            ["\(Self.sourcePath): \(source)"],
            remedy: "see in 'dmesg' why the processor's own counter was given up (tsc); a firmware "
                + "update often helps")
    }
}
