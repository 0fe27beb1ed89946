internal import Platform

/// What tells a sanitizer how to run: for children that get nothing else of our environment.
package enum SanitizerOptions {
    package static var inherited: [String: String] {
        var found: [String: String] = [:]
        for name in ["TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS"] {
            if let value = Host.environment(name) { found[name] = value }
        }
        return found
    }
}
