import ArgumentParser
import Glibc
import Platform

/// The values of options. Whatever is wrong with one, the complaint says what was expected.
enum OptionValue {
    static func integer(_ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw ValidationError(
                "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    static func seconds(_ text: String) throws -> Double {
        guard let value = Double(text), value > 0, value <= 1e9 else {
            throw ValidationError("expected a number of seconds above 0")
        }
        return value
    }

    /// NAME=VALUE; or NAME alone, as for other launchers, of a variable that is set anyway.
    static func variable(_ text: String) throws -> String {
        let name = text.prefix { $0 != "=" }
        guard !name.isEmpty else { throw ValidationError("expected NAME=VALUE") }
        guard !JobEnvironment.ownNames.contains(String(name)) else {
            throw ValidationError("expected another name: the launcher sets \(name) itself")
        }
        if name.count < text.count { return text }
        guard let value = unsafe getenv(text) else {
            throw ValidationError("expected NAME=VALUE, and \(name) is not set here")
        }
        return unsafe "\(text)=\(String(cString: value))"
    }

    /// The last words of the command line as the bytes that they are: Swift's strings replace what
    /// is not UTF-8.
    static func bytes(ofLast words: [String]) -> [[UInt8]] {
        let count = Int(CommandLine.argc)
        guard words.count <= count, Array(CommandLine.arguments.suffix(words.count)) == words else {
            return words.map { Array($0.utf8) }
        }
        return ((count - words.count)..<count).map { index in
            guard let word = unsafe CommandLine.unsafeArgv[index] else { return [] }
            return unsafe UnsafeBufferPointer(start: word, count: strlen(word))
                .map { UInt8(bitPattern: $0) }
        }
    }
}
