/// What a curve looks like. Colours differ for colour-blind readers too, and markers on paper
/// without colours.
struct PlotStyle: Equatable {
    var colour: Colour
    var marker: Marker
    /// Drawn over others, so that these show through: dashes, and rings as markers.
    var isOverlay = false

    var dashes: [Double] { isOverlay ? [6, 4] : [] }

    /// The look of the curve with this number from 0 on; as many as there are colours times markers
    /// differ.
    static func numbered(_ index: Int) -> PlotStyle {
        let markers = Marker.allCases
        let round = index / Palette.colours.count
        return PlotStyle(
            colour: Palette.colour(index),
            marker: markers[(index + round) % markers.count])
    }

    /// The look of a curve that lies on others wherever it is the best of them.
    static let overall = PlotStyle(colour: .black, marker: .circle, isOverlay: true)
}
