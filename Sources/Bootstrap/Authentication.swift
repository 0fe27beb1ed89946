internal import CCrypto

/// The only place that touches cryptography, all of it OpenSSL's.
enum Authentication {
    static let codeByteCount = Int(ccrypto_mac_byte_count)

    /// HMAC-SHA256 of `bytes` under `key`, which may be empty.
    static func code(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: codeByteCount)
        let failed = unsafe ccrypto_hmac_sha256(key, key.count, bytes, bytes.count, &code)
        precondition(failed == 0, "libcrypto cannot compute HMAC-SHA256")
        return code
    }

    /// Whether both are the same, in a time that does not tell where they differ.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe ccrypto_equal(left, right, left.count) == 1
    }
}
