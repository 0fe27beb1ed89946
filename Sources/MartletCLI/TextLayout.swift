import Glibc
import Platform

/// A number with so many digits behind the point, as printf's %f.
func fixed(_ value: Double, _ digits: Int) -> String {
    var buffer = [CChar](repeating: 0, count: 400)
    _ = unsafe withVaList([Int32(digits), value]) { arguments in
        unsafe vsnprintf(&buffer, buffer.count, "%.*f", arguments)
    }
    return String(terminated: buffer)
}

extension String {
    /// Filled up with spaces in front.
    func right(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    /// Filled up with spaces behind.
    func left(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
