/// The type of a buffer's elements.
///
/// Raw values travel on the wire, stand in saved plans and in `martlet.h`: never renumber them.
public enum DataType: UInt8, Sendable, Hashable, CaseIterable {
    case int8 = 1
    case uint8 = 2
    case int32 = 3
    case uint32 = 4
    case int64 = 5
    case uint64 = 6
    /// IEEE 754 binary16. Combined in float32 and rounded once per combination.
    case float16 = 7
    /// The upper half of a float32. Combined in float32 and rounded once per combination.
    case bfloat16 = 8
    case float32 = 9
    case float64 = 10

    /// Bytes per element.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8: 1
        case .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }
}

/// How the contributions of the ranks become one value.
///
/// Raw values travel on the wire, stand in saved plans and in `martlet.h`: never renumber them.
public enum ReductionOperation: UInt8, Sendable, Hashable, CaseIterable {
    /// Integers wrap modulo their width.
    case sum = 1
    /// Integers wrap modulo their width.
    case product = 2
    /// A NaN in any contribution gives NaN; -0 is less than +0.
    case minimum = 3
    /// A NaN in any contribution gives NaN; -0 is less than +0.
    case maximum = 4
    /// The sum, divided once by the number of ranks: integers truncate toward zero.
    case average = 5
}

/// A Swift type that collectives reduce and move: one that stands in memory as its ``DataType``
/// does.
///
/// A program's own types may conform, such as one for `bfloat16`, which Swift does not have on
/// Linux. Their stride must be the `byteCount` of their data type; the calls trap where it is not.
public protocol CollectiveElement: BitwiseCopyable {
    /// As what its bits are combined; always the same.
    static var dataType: DataType { get }
}

extension CollectiveElement {
    /// The data type of elements that follow each other in memory as those of that type do.
    static var checkedDataType: DataType {
        let type = dataType
        precondition(
            MemoryLayout<Self>.stride == type.byteCount,
            "\(Self.self) says that it is \(type), whose elements have another size")
        return type
    }
}

extension Int8: CollectiveElement { public static var dataType: DataType { .int8 } }
extension UInt8: CollectiveElement { public static var dataType: DataType { .uint8 } }
extension Int32: CollectiveElement { public static var dataType: DataType { .int32 } }
extension UInt32: CollectiveElement { public static var dataType: DataType { .uint32 } }
extension Int64: CollectiveElement { public static var dataType: DataType { .int64 } }
extension UInt64: CollectiveElement { public static var dataType: DataType { .uint64 } }
extension Int: CollectiveElement { public static var dataType: DataType { .int64 } }
extension UInt: CollectiveElement { public static var dataType: DataType { .uint64 } }
extension Float16: CollectiveElement { public static var dataType: DataType { .float16 } }
extension Float: CollectiveElement { public static var dataType: DataType { .float32 } }
extension Double: CollectiveElement { public static var dataType: DataType { .float64 } }
