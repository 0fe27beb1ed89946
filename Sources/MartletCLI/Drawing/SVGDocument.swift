/// A whole picture. It needs nothing beside itself, no fonts, styles or scripts of others, and
/// scales to whatever width it is given.
struct SVGDocument {
    var width: Double
    var height: Double
    /// What it shows, in one line: for lists of files and for readers who do not see.
    var title: String
    /// The same at more length.
    var summary: String
    var elements: [SVGElement] = []

    /// What most machines have one of. `TextWidth` knows the widest.
    static let fontFamily = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif"

    var text: String {
        let size = [SVGElement.number(width), SVGElement.number(height)]
        var root = SVGElement(
            "svg",
            [
                ("xmlns", "http://www.w3.org/2000/svg"), ("version", "1.1"),
                ("viewBox", "0 0 \(size[0]) \(size[1])"), ("width", size[0]), ("height", size[1]),
                ("role", "img"), ("font-family", Self.fontFamily),
            ])
        let area = Rectangle(left: 0, top: 0, width: width, height: height)
        var description = SVGElement("desc")
        description.contents = [.text(summary)]
        let all = [description, .rectangle(area, .filled(.white))] + elements
        root.contents = all.map { .element($0) }
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        root.titled(title).write(to: &text)
        return text
    }
}
