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

// Tests handle raw buffers all the time; `unsafe` on every line would hide what they say.
let testing: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "martlet",
    products: [
        .library(name: "Martlet", targets: ["Martlet"]),
        // scripts/build-library makes libmartlet.so of it.
        .library(name: "MartletC", type: .dynamic, targets: ["MartletC"]),
        .executable(name: "martlet", targets: ["MartletCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CLinux"),
        // Debian: libnuma-dev.
        .target(name: "CNuma", linkerSettings: [.linkedLibrary("numa")]),
        .target(name: "Platform", dependencies: ["CLinux", "CNuma"], swiftSettings: strict),
        .testTarget(
            name: "PlatformTests", dependencies: ["Platform", "CLinux", "TestSupport"],
            swiftSettings: testing),
        .target(
            name: "TestSupport", dependencies: ["Platform"], path: "Tests/Support/TestSupport",
            swiftSettings: testing),

        // Debian: libssl-dev.
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "Bootstrap", dependencies: ["Platform", "CCrypto"], swiftSettings: strict),
        .executableTarget(
            name: "BootstrapProbe", dependencies: ["Bootstrap", "Platform"],
            path: "Tests/Support/BootstrapProbe", swiftSettings: strict),
        .testTarget(
            name: "BootstrapTests",
            dependencies: ["Bootstrap", "BootstrapProbe", "Platform", "CLinux", "TestSupport"],
            swiftSettings: testing),

        // Debian: libhwloc-dev.
        .target(name: "CHwloc", linkerSettings: [.linkedLibrary("hwloc")]),
        .target(name: "Topology", dependencies: ["CHwloc", "Platform"], swiftSettings: strict),
        .testTarget(
            name: "TopologyTests", dependencies: ["Topology", "Platform", "TestSupport"],
            exclude: ["Machines"], swiftSettings: testing),
        // scripts/fuzz links it.
        .target(
            name: "FuzzTopology", dependencies: ["Topology"],
            path: "Tests/Support/FuzzTopology", exclude: ["Seeds", "xml.dict"],
            swiftSettings: testing),

        .target(
            name: "Liveness", dependencies: ["Bootstrap", "Platform", "CLinux"],
            swiftSettings: strict),
        .executableTarget(
            name: "LivenessProbe", dependencies: ["Liveness", "Bootstrap", "Platform", "CLinux"],
            path: "Tests/Support/LivenessProbe", swiftSettings: strict),
        .testTarget(
            name: "LivenessTests",
            dependencies: [
                "Liveness", "LivenessProbe", "Bootstrap", "Platform", "CLinux", "TestSupport",
            ],
            swiftSettings: testing),

        .target(name: "Schedules", swiftSettings: strict),
        .target(name: "CReductionKernels"),
        .testTarget(
            name: "CReductionKernelsTests", dependencies: ["CReductionKernels", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "SchedulesTests", dependencies: ["Schedules", "TestSupport"],
            swiftSettings: strict),

        .target(name: "Transport", swiftSettings: strict),
        .target(
            name: "TCPTransport", dependencies: ["Transport", "Platform", "CLinux"],
            swiftSettings: strict),
        .target(name: "CSharedMemory"),
        .target(
            name: "SharedMemoryTransport",
            dependencies: ["Transport", "Platform", "CSharedMemory", "CLinux"],
            swiftSettings: strict),
        .target(
            name: "SimulatedTransport", dependencies: ["Transport", "CLinux"],
            swiftSettings: strict),
        .testTarget(
            name: "SimulatedTransportTests",
            dependencies: ["SimulatedTransport", "Transport", "CLinux"], swiftSettings: testing),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "Transport", "TCPTransport", "SharedMemoryTransport", "SimulatedTransport",
                "Platform", "CLinux", "CSharedMemory",
            ],
            swiftSettings: testing),
        .target(
            name: "Collectives",
            dependencies: [
                "Schedules", "Transport", "Liveness", "Platform", "CReductionKernels", "CLinux",
            ],
            swiftSettings: strict),
        .target(
            name: "Martlet",
            dependencies: [
                "Collectives", "Schedules", "Transport", "TCPTransport", "SharedMemoryTransport",
                "Bootstrap", "Liveness", "Platform", "Topology",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MartletTests",
            dependencies: [
                "Martlet", "Bootstrap", "Topology", "Platform", "CLinux", "TestSupport",
            ],
            swiftSettings: testing),
        .testTarget(
            name: "CollectivesTests",
            dependencies: [
                "Collectives", "Schedules", "Transport", "TCPTransport", "SharedMemoryTransport",
                "Platform", "CReductionKernels",
            ],
            swiftSettings: testing),

        .target(
            name: "SimulationSupport",
            dependencies: [
                "Collectives", "Liveness", "Schedules", "SimulatedTransport", "Transport",
                "CLinux",
            ],
            path: "Tests/Support/SimulationSupport", swiftSettings: testing),
        .executableTarget(
            name: "simulate", dependencies: ["SimulationSupport", "Platform"],
            path: "Tests/Support/simulate", swiftSettings: testing),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "SimulationSupport", "Collectives", "CReductionKernels", "Schedules",
                "SimulatedTransport", "Transport",
            ],
            swiftSettings: testing),

        // scripts/check-placement runs it in a guest.
        .executableTarget(
            name: "PlacementProbe", dependencies: ["Martlet", "Platform", "Topology"],
            path: "Tests/Support/PlacementProbe", swiftSettings: testing),
        .executableTarget(
            name: "DrillRank", dependencies: ["Martlet", "Schedules", "Platform"],
            path: "Tests/Support/DrillRank", swiftSettings: testing),
        .target(
            name: "Drills", dependencies: ["Bootstrap", "Platform", "Schedules", "TestSupport"],
            path: "Tests/Support/Drills", swiftSettings: testing),
        .executableTarget(
            name: "RunDrills", dependencies: ["Drills", "Platform", "DrillRank"],
            path: "Tests/Support/RunDrills", swiftSettings: testing),
        .testTarget(
            name: "DrillTests", dependencies: ["Drills", "DrillRank"], swiftSettings: testing),

        // scripts/benchmarks. Not a package of its own: it measures what only this one sees.
        .target(name: "CAllocations", path: "Benchmarks/CAllocations"),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "CAllocations", "CReductionKernels", "Collectives", "Platform", "Schedules",
                "TCPTransport", "Transport",
            ],
            path: "Benchmarks/Sources", swiftSettings: testing),

        .target(name: "CMartlet"),
        .target(
            name: "MartletC",
            dependencies: ["CMartlet", "Martlet", "Collectives", "Bootstrap", "Schedules"],
            swiftSettings: strict),
        .testTarget(
            name: "MartletCTests",
            dependencies: ["MartletC", "CMartlet", "Collectives", "Platform", "TestSupport"],
            exclude: ["Programs"], swiftSettings: testing),

        // Debian: libsqlite3-dev.
        .target(
            name: "ClusterStore",
            dependencies: [
                "Platform",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            exclude: ["Protocol/kv.proto", "Protocol/rpc.proto"], swiftSettings: strict),
        // The embedded store in a process of its own, to be killed.
        .executableTarget(
            name: "StoreProbe",
            dependencies: [
                "ClusterStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Support/StoreProbe", swiftSettings: testing),
        // scripts/measure-control-plane runs it.
        .executableTarget(
            name: "StoreLoad",
            dependencies: [
                "ClusterStore", "StoreSupport", "Platform",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Support/StoreLoad", swiftSettings: testing),
        .target(
            name: "StoreSupport",
            dependencies: [
                "ClusterStore", "StoreProbe", "Platform", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/Support/StoreSupport", swiftSettings: testing),
        .testTarget(
            name: "ClusterStoreTests",
            dependencies: [
                "ClusterStore", "StoreDrills", "StoreSupport", "Platform", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: testing),
        .target(
            name: "StoreDrills",
            dependencies: [
                "ClusterStore", "StoreSupport", "Platform", "TestSupport",
            ],
            path: "Tests/Support/StoreDrills", swiftSettings: testing),
        .executableTarget(
            name: "RunStoreDrill",
            dependencies: [
                "StoreDrills",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Support/RunStoreDrill", swiftSettings: testing),
        .target(
            name: "NodeAgent",
            dependencies: [
                "ClusterStore", "Topology", "Platform",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: strict),
        .testTarget(
            name: "NodeAgentTests",
            dependencies: [
                "NodeAgent", "ClusterStore", "StoreSupport", "Topology", "Platform", "CLinux",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: testing),

        .executableTarget(
            name: "MartletCLI",
            dependencies: [
                "NodeAgent", "ClusterStore", "Martlet", "Schedules", "Topology", "Platform",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "MartletCLITests",
            dependencies: [
                "MartletCLI", "NodeAgent", "Martlet", "Schedules", "Topology", "Platform",
                "TestSupport",
            ],
            swiftSettings: testing),
    ],
    cLanguageStandard: .c11
)
