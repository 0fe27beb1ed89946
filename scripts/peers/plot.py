"""The figure of one run: bus bandwidth over size, and below it each ratio with its interval.

Plain SVG, drawn by hand: light background, colours that colour-blind readers can tell apart, a
marker of its own for each contender."""

from html import escape
from math import ceil

from peers.analysis import Cell, Table
from peers.axes import HEIGHT_OF_TITLE, Panel, format_rate, format_ratio_tick, ticks_around
from peers.model import REFERENCE, Entrant
from peers.units import bus_gigabytes_per_second, format_size

WIDTH = 1000
PANEL_HEIGHT = 380
RATIO_HEIGHT = 260
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_BOTTOM = 100, 30, 62
LEGEND_LINE_HEIGHT = 20
FONT = "font-family='DejaVu Sans, Helvetica, Arial, sans-serif'"

# Okabe and Ito's palette, without its yellow, which is lost on white.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8c564b", "#7f7f7f")
REFERENCE_COLOUR = "#d55e00"
# Around the middle, in radii.
CORNERS = {
    "square": "-1,-1 1,-1 1,1 -1,1",
    "triangle": "0,-1.25 1.15,0.95 -1.15,0.95",
    "down": "0,1.25 1.15,-0.95 -1.15,-0.95",
    "diamond": "0,-1.35 1.1,0 0,1.35 -1.1,0",
    "bar": "-1.5,-0.45 1.5,-0.45 1.5,0.45 -1.5,0.45",
    "cross": "-1.2,-0.35 -0.35,-0.35 -0.35,-1.2 0.35,-1.2 0.35,-0.35 1.2,-0.35"
    " 1.2,0.35 0.35,0.35 0.35,1.2 -0.35,1.2 -0.35,0.35 -1.2,0.35",
}
MARKERS = ("circle", "square", "triangle", "diamond", "cross", "down", "bar")


def draw(table: Table, title: str) -> str:
    """The whole SVG document; ratios only where Martlet was measured."""
    styles = {
        entrant.name: style_of(entrant, index)
        for index, entrant in enumerate(peers_first(table.measured))
    }
    legend_height = LEGEND_LINE_HEIGHT * ceil(len(styles) / 4) + 14
    with_ratios = table.has_reference() and len(table.measured) > 1
    top = HEIGHT_OF_TITLE + legend_height
    height = top + PANEL_HEIGHT + MARGIN_BOTTOM + (RATIO_HEIGHT + 84 if with_ratios else 0)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}'"
        f" width='{WIDTH}' height='{height}' {FONT} font-size='13'>",
        f"<title>{escape(title)}</title>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
        f"<text x='{MARGIN_LEFT}' y='28' font-size='17' font-weight='bold'>{escape(title)}</text>",
    ]
    parts += draw_legend(table.measured, styles)
    parts += draw_bandwidths(table, styles, top)
    if with_ratios:
        parts += draw_ratios(table, styles, top + PANEL_HEIGHT + MARGIN_BOTTOM + 40)
    return "\n".join([*parts, "</svg>"]) + "\n"


def peers_first(entrants: list[Entrant]) -> list[Entrant]:
    """So that a peer's colour does not depend on whether Martlet took part."""
    return sorted(entrants, key=lambda entrant: entrant.name == REFERENCE)


def style_of(entrant: Entrant, index: int) -> tuple[str, str, float]:
    """Colour, marker, and width of the line."""
    if entrant.name == REFERENCE:
        return REFERENCE_COLOUR, "circle", 3.2
    return COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)], 1.7


Styles = dict[str, tuple[str, str, float]]


def draw_legend(entrants: list[Entrant], styles: Styles) -> list[str]:
    parts = []
    column_width = (WIDTH - MARGIN_LEFT - MARGIN_RIGHT) / 4
    for index, entrant in enumerate(entrants):
        colour, shape, width = styles[entrant.name]
        x = MARGIN_LEFT + index % 4 * column_width
        y = HEIGHT_OF_TITLE + index // 4 * LEGEND_LINE_HEIGHT + 8
        parts.append(line(x, y, x + 28, y, colour, width))
        parts.append(marker(shape, x + 14, y, colour))
        parts.append(f"<text x='{x + 35:.1f}' y='{y + 4.5:.1f}'>{escape(entrant.title)}</text>")
    return parts


def draw_bandwidths(table: Table, styles: Styles, top: float) -> list[str]:
    run = table.run
    curves = {
        entrant.name: [
            (
                cell.byte_count,
                bus_gigabytes_per_second(
                    cell.byte_count, run.ranks, cell.median_microseconds, run.collective
                ),
            )
            for cell in table.sizes_of(entrant.name)
        ]
        for entrant in table.measured
    }
    values = [value for points in curves.values() for _, value in points]
    if not values:
        return []
    panel = make_panel(table, top, PANEL_HEIGHT, values)
    parts = panel.frame("bus bandwidth (higher is better)", format_rate)
    for name, points in curves.items():
        parts += draw_curve(panel, points, styles[name])
    return parts


def draw_ratios(table: Table, styles: Styles, top: float) -> list[str]:
    peers = [entrant for entrant in table.measured if entrant.name != REFERENCE]
    cells = [cell for entrant in peers for cell in table.sizes_of(entrant.name) if cell.ratio]
    ends = [end for cell in cells if cell.ratio for end in (cell.ratio.low, cell.ratio.high)]
    if not ends:
        return []
    panel = make_panel(table, top, RATIO_HEIGHT, [*ends, 0.9, 1.1])
    parts = panel.frame("time / Martlet's time (above 1: Martlet is faster)", format_ratio_tick)
    parts.append(line(panel.left, panel.y(1), panel.right, panel.y(1), REFERENCE_COLOUR, 2))
    for index, entrant in enumerate(peers):
        shift = (index - (len(peers) - 1) / 2) * 5.5
        for cell in table.sizes_of(entrant.name):
            parts += draw_interval(panel, cell, styles[entrant.name], shift)
    return parts


def make_panel(table: Table, top: float, height: float, values: list[float]) -> Panel:
    sizes = [(size, format_size(size)) for size in table.run.sizes]
    bottom = top + height
    return Panel(MARGIN_LEFT, top, WIDTH - MARGIN_RIGHT, bottom, sizes, ticks_around(values))


def draw_curve(
    panel: Panel, points: list[tuple[int, float]], style: tuple[str, str, float]
) -> list[str]:
    colour, shape, width = style
    places = [(panel.x(size), panel.y(value)) for size, value in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return [
        f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='{width}'"
        " stroke-linejoin='round'/>"
    ] + [marker(shape, x, y, colour) for x, y in places]


def draw_interval(
    panel: Panel, cell: Cell, style: tuple[str, str, float], shift: float
) -> list[str]:
    if cell.ratio is None:
        return []
    colour, shape, _ = style
    x = panel.x(cell.byte_count) + shift
    whisker = line(x, panel.y(cell.ratio.low), x, panel.y(cell.ratio.high), colour, 1.6)
    return [whisker, marker(shape, x, panel.y(cell.ratio.median), colour, 3.2)]


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}'"
        f" stroke-width='{width}'/>"
    )


def marker(shape: str, x: float, y: float, colour: str, r: float = 4.2) -> str:
    """A filled shape around (x, y), told apart even in grey."""
    if shape == "circle":
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{r}' fill='{colour}'/>"
    corners = [tuple(map(float, corner.split(","))) for corner in CORNERS[shape].split()]
    points = " ".join(f"{x + dx * r:.1f},{y + dy * r:.1f}" for dx, dy in corners)
    return f"<polygon points='{points}' fill='{colour}'/>"
