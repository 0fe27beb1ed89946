internal import FoundationEssentials

/// JSON as Martlet writes it into the control plane: keys in alphabetical order, no white space, what
/// is absent left out; so equal values are equal bytes.
package enum CanonicalJSON {
    /// A value whose coding is ours has no way to fail but numbers that JSON does not have.
    package static func encode(_ value: some Encodable) throws(AgentError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw AgentError(.invalidValue, "cannot be written as JSON: \(error)")
        }
    }

    /// The same for people, indented.
    static func text(_ value: some Encodable) throws(AgentError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw AgentError(.invalidValue, "cannot be written as JSON: \(error)")
        }
    }

    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws(AgentError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw AgentError(.invalidValue, "is not the JSON of \(type): \(Self.text(error))")
        }
    }

    /// One line that says where.
    private static func text(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(path(context)) lacks \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            return "\(path(context)): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { key in
            key.intValue.map { "[\($0)]" } ?? key.stringValue
        }.joined(separator: ".")
        return path.isEmpty ? "the value" : path
    }
}
