"""A small drawing of lines over a logarithmic number of applications, as SVG."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 80, 50, 40
COLOURS = ("#222222", "#1f6fb4", "#c8581a", "#2d8a4e")
STEPS = 5
NEAR_PX = 14
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Panel:
    """Several lines under one heading; y begins at zero."""

    heading: str
    lines: Sequence[Line]


class Axes:
    """From applications and an amount to places in the drawing."""

    def __init__(self, panel: Panel, left: int) -> None:
        xs = [x for line in panel.lines for x, _ in line.points]
        self.left = left + LEFT
        self.low, self.high = log10(min(xs)), log10(max(xs))
        self.step = _step(max(y for line in panel.lines for _, y in line.points))
        self.top = self.step * STEPS

    def x(self, applications: float) -> float:
        """From the left."""
        share = (log10(applications) - self.low) / ((self.high - self.low) or 1)
        return round(self.left + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, amount: float) -> float:
        """From the top."""
        return round(TOP + (1 - amount / self.top) * (HEIGHT - TOP - BOTTOM), 1)


def drawn(title: str, panels: Sequence[Panel], full: float | None = None) -> str:
    """The drawing. `full`: from so many applications on the largest store exceeds its cache."""
    width = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + 8}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{HEIGHT + 8}" fill="#ffffff"/>',
        _text(LEFT, 18, title, 'font-size="14"'),
    ]
    for number, panel in enumerate(panels):
        axes = Axes(panel, number * WIDTH)
        parts += [*_frame(axes, panel), *_full(axes, full), *_lines(axes, panel)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _frame(axes: Axes, panel: Panel) -> Iterable[str]:
    yield _text(axes.left, TOP - 12, panel.heading, 'font-weight="bold"')
    right = axes.left + WIDTH - LEFT - RIGHT
    for number in range(STEPS + 1):
        amount = number * axes.step
        yield _stroke([(axes.left, axes.y(amount)), (right, axes.y(amount))], "#dddddd")
        yield _text(axes.left - 6, axes.y(amount) + 4, f"{amount:,.0f}", 'text-anchor="end"')
    for x in sorted({x for line in panel.lines for x, _ in line.points}):
        if _is_power_of_ten(x) or axes.low == axes.high:
            yield _stroke(
                [(axes.x(x), HEIGHT - BOTTOM), (axes.x(x), HEIGHT - BOTTOM + 5)], "#222222"
            )
            yield _text(axes.x(x), HEIGHT - BOTTOM + 18, f"{x:,.0f}", 'text-anchor="middle"')
    yield _text(axes.left, HEIGHT - 2, "applications there are", "")


def _full(axes: Axes, full: float | None) -> Iterable[str]:
    if full is not None:
        x = axes.x(full)
        yield _stroke([(x, TOP), (x, HEIGHT - BOTTOM)], "#999999", 'stroke-dasharray="4 3"')
        yield _text(x - 4, TOP + 12, "cache full", 'fill="#777777" text-anchor="end"')


def _lines(axes: Axes, panel: Panel) -> Iterable[str]:
    taken: list[float] = []
    for line, colour in zip(panel.lines, COLOURS, strict=False):
        points = [(axes.x(x), axes.y(y)) for x, y in line.points]
        yield _stroke(points, colour, 'stroke-width="2"')
        yield from (f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>' for x, y in points)
        y = points[-1][1]
        while any(abs(y - other) < NEAR_PX for other in taken):
            y += NEAR_PX
        taken.append(y)
        yield _text(points[-1][0] + 7, y + 4, line.name, f'fill="{colour}"')


def _stroke(points: Sequence[Point], colour: str, more: str = "") -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" {more}/>'


def _text(x: float, y: float, text: str, more: str) -> str:
    return f'<text x="{x}" y="{y}" {more}>{escape(text)}</text>'


def _step(top: float) -> float:
    """A round step of which five reach the top."""
    power: float = 10 ** floor(log10(max(top, 1) / STEPS))
    return next(n * power for n in (1, 2, 3, 4, 5, 10) if n * power * STEPS >= top)


def _is_power_of_ten(number: float) -> bool:
    return log10(number).is_integer()
