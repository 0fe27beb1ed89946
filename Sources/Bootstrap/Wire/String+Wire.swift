extension String {
    /// The longest prefix of whole characters that fits.
    package func cut(toByteCount limit: Int) -> String {
        var copy = self
        while copy.utf8.count > limit { copy.removeLast() }
        return copy
    }

    /// What others sent must not steer a terminal or break a line of the log.
    package var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }))
    }
}
