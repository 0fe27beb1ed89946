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
        .target(name: "Schedules", swiftSettings: strict),
        .target(name: "CReductionKernels"),
        .testTarget(
            name: "CReductionKernelsTests", dependencies: ["CReductionKernels"],
            swiftSettings: strict),
        .testTarget(name: "SchedulesTests", dependencies: ["Schedules"], swiftSettings: strict),
    ],
    cLanguageStandard: .c11
)
