// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "first-steps",
    dependencies: [.package(name: "martlet", path: "../..")],
    targets: [
        .executableTarget(
            name: "first-steps", dependencies: [.product(name: "Martlet", package: "martlet")])
    ]
)
