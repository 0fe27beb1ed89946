/// An element of an XML text that has been read whole.
struct XMLElement: Sendable {
    var name: String
    /// By name: XML has each once.
    var attributes: [String: String]
    var children: [XMLElement] = []
    /// What stands between the tags, outside of children.
    var text: String = ""
    /// Where it begins, from 1.
    var line: Int
}
