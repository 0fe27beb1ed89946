import Martlet

extension DataType {
    /// As nccl-tests prints it.
    var benchName: String {
        switch self {
        case .int8: "int8"
        case .uint8: "uint8"
        case .int32: "int32"
        case .uint32: "uint32"
        case .int64: "int64"
        case .uint64: "uint64"
        case .float16: "half"
        case .bfloat16: "bfloat16"
        case .float32: "float"
        case .float64: "double"
        }
    }

    /// nccl-tests' names and the library's.
    init?(benchName: String) {
        let match = Self.allCases.first { $0.benchName == benchName || "\($0)" == benchName }
        guard let match else { return nil }
        self = match
    }

    var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    var isSigned: Bool { self != .uint8 && self != .uint32 && self != .uint64 }
}

extension ReductionOperation {
    /// As nccl-tests prints it.
    var benchName: String {
        switch self {
        case .sum: "sum"
        case .product: "prod"
        case .minimum: "min"
        case .maximum: "max"
        case .average: "avg"
        }
    }

    init?(benchName: String) {
        let match = Self.allCases.first { $0.benchName == benchName || "\($0)" == benchName }
        guard let match else { return nil }
        self = match
    }
}
