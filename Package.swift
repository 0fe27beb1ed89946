// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "martlet",
    products: [
        .library(name: "Schedules", targets: ["Schedules"])
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "Platform", dependencies: ["CLinux"], swiftSettings: strict),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: strict),

        // Debian: libssl-dev.
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "Bootstrap", dependencies: ["Platform", "CCrypto"], swiftSettings: strict),
        .testTarget(
            name: "BootstrapTests", dependencies: ["Bootstrap", "Platform", "CLinux"],
            swiftSettings: strict),

        .target(
            name: "Liveness", dependencies: ["Bootstrap", "Platform", "CLinux"],
            swiftSettings: strict),
        .testTarget(
            name: "LivenessTests", dependencies: ["Liveness", "Bootstrap", "Platform", "CLinux"],
            swiftSettings: strict),

        .target(name: "Schedules", swiftSettings: strict),
        .testTarget(name: "SchedulesTests", dependencies: ["Schedules"], swiftSettings: strict),

        .target(name: "Transport", dependencies: ["Platform"], swiftSettings: strict),
        .target(
            name: "TCPTransport", dependencies: ["Transport", "Platform", "CLinux"],
            swiftSettings: strict),
    ],
    cLanguageStandard: .c11
)
