"""Drawing a plot as SVG for a page: inline, beside other drawings, light or dark, the same bytes always."""

from __future__ import annotations

import io
import math
import re
import warnings
from functools import partial
from html import escape
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from refute.basics.errors import InputError
from refute.statement.plot import Axis, Plot, Series

# matplotlib is slow to import, and most commands draw nothing: the functions below import what they use.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = ("#0a7ac2", "#d55e00", "#008f68", "#b5649a", "#7a7a7a", "#9a7400")
"""Told apart with any colour vision (after Okabe and Ito), and at contrast 3 on white and near-black."""

_INK = "#010203"  # becomes currentColor: the text colour of the page that holds the drawing
_MARKERS = ("o", "s", "^", "D", "v", "P")
_DASHES = (
    (0, (5, 2)),
    (0, (1.5, 1.5)),
    (0, (7, 2, 1.5, 2)),
    (0, (3, 1)),
    (0, (8, 3)),
    (0, (4, 2, 1, 2, 1, 2)),
)
_LOOK = 'style="stroke-linejoin: round; font-family: system-ui, sans-serif"'
_HEAT = ("#d7ecfa", "#5aaade", "#0a5a96", "#062c4d")  # light to dark: the order survives any colour vision
_SIZE = (7.2, 4.2)
_SMALL = (3.4, 2.3)
_CROWDED = 40  # more points than this are drawn small
_FEW = 9  # at most this many well separated values on a log axis are its ticks


def svg(plot: Plot, *, small: bool = False) -> str:
    """The drawing as one <svg> element: text as text, ink in currentColor, every id prefixed with the plot's.

    small: the curves and their axes alone, to stand beside a sentence. Deterministic: equal plots give equal
    bytes. Draws on the CPU, without pyplot, and restores matplotlib's settings.
    """
    _require_matplotlib()
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {
        "svg.hashsalt": plot.id,
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 10,
        "text.color": _INK,
        "axes.edgecolor": _INK,
        "axes.labelcolor": _INK,
        "xtick.color": _INK,
        "ytick.color": _INK,
        "axes.unicode_minus": True,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # matplotlib's own font serves to measure only (UserWarning: a glyph is missing), and numbers at the
        # end of the range of float64 are drawn as well as they can be (RuntimeWarning: overflow)
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        figure = Figure(figsize=_SMALL if small else _SIZE, layout="constrained")
        figure.patch.set_visible(False)
        draw = _heat_maps if plot.series[0].style == "heat" else partial(_draw, small=small)
        draw(figure, plot)
        buffer = io.StringIO()
        FigureCanvasSVG(figure).print_svg(
            buffer, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    return _inline(buffer.getvalue(), plot, f"{plot.id}.small" if small else plot.id)


def _draw(figure: Figure, plot: Plot, *, small: bool) -> None:
    from matplotlib.legend_handler import HandlerTuple

    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color=_INK, alpha=0.13, linewidth=0.6)
    axes.set_axisbelow(True)
    keys = [_curve(axes, series, index) for index, series in enumerate(plot.series)]
    _scale(axes, plot, few=3 if small else _FEW)
    if small:
        return
    _marks(axes, plot)
    labels = [_plain(series.label) for series in plot.series]
    most = 2 if max(map(len, labels)) > 28 else 3
    columns = math.ceil(len(labels) / math.ceil(len(labels) / most))
    place: dict[str, Any] = {
        "loc": "outside lower center",
        "ncols": columns,
        "frameon": False,
        "fontsize": 9.5,
    }
    figure.legend(keys, labels, handler_map={tuple: HandlerTuple(ndivide=1)}, **place)


def _curve(axes: Axes, series: Series, index: int) -> Any:
    """Draw one series; what stands for it in the legend."""
    colour = PALETTE[index % len(PALETTE)]
    marker = _MARKERS[index % len(_MARKERS)]
    small = len(series.x) > _CROWDED
    if series.style == "points":
        return axes.plot(series.x, series.y, marker, color=colour, markersize=2.2 if small else 5.5)[0]
    if series.style == "bars" and series.low is not None and series.high is not None:
        reach = [[y - low for y, low in zip(series.y, series.low, strict=True)]]
        reach += [[high - y for y, high in zip(series.y, series.high, strict=True)]]
        return axes.errorbar(series.x, series.y, reach, fmt=marker, color=colour, markersize=5, capsize=3)
    dashes = _DASHES[index % len(_DASHES)] if series.style == "dashed" else "-"
    shape = "" if small or series.style == "dashed" else marker
    look: dict[str, Any] = {"linestyle": dashes, "marker": shape, "markersize": 4.5, "linewidth": 1.7}
    (line,) = axes.plot(series.x, series.y, color=colour, **look)
    if series.low is None or series.high is None:
        return line
    return axes.fill_between(series.x, series.low, series.high, color=colour, alpha=0.22, linewidth=0), line


def _require_matplotlib() -> None:
    """Raise InputError, with what to install, where matplotlib is not there: only pictures need it."""
    if find_spec("matplotlib") is None:
        raise InputError("the pictures of this paper are drawn by matplotlib: pip install 'refute[plots]'")


def _heat_maps(figure: Figure, plot: Plot) -> None:
    """One panel a series, side by side: places by the rank of x and y, one logarithmic scale of colour."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm
    from matplotlib.patches import Rectangle

    values = [value for series in plot.series for value in series.value or ()]
    norm = LogNorm(min(values), max(values) if max(values) > min(values) else 2 * min(values))
    colours = LinearSegmentedColormap.from_list("heat", _HEAT)
    panels = figure.subplots(1, len(plot.series), squeeze=False)[0]
    across = sorted({at for one in plot.series for at in one.x})
    up = sorted({at for one in plot.series for at in one.y})
    for panel, series in zip(panels, plot.series, strict=True):
        panel.patch.set_visible(False)
        for x, y, value in zip(series.x, series.y, series.value or (), strict=True):
            column = across.index(x)
            row = up.index(y)
            colour = colours(norm(value))
            panel.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor=colour))
            dark = norm(value) > 0.5
            panel.text(column, row, f"{value:.3g}", ha="center", va="center", color="w" if dark else "k")
        panel.set(xlim=(-0.5, len(across) - 0.5), ylim=(-0.5, len(up) - 0.5))
        panel.set_xticks(range(len(across)), [f"{x:g}" for x in across])
        panel.set_yticks(range(len(up)), [f"{y:g}" for y in up])
        panel.set(xlabel=_plain(plot.x.label), ylabel=_plain(plot.y.label))
        panel.set_title(_plain(series.label), fontsize=10)


def _scale(axes: Axes, plot: Plot, few: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel(_plain(plot.x.label))
    axes.set_ylabel(_plain(plot.y.label))
    axes.set_xscale(plot.x.scale)
    axes.set_yscale(plot.y.scale)
    values = sorted({value for series in plot.series for value in series.x})
    if plot.x.scale == "linear" and all(value.is_integer() for value in values):
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=(1, 2, 2.5, 5, 10), integer=True))
    if _listable(plot.x, values, few):
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.set_xticks([], minor=True)


def _listable(axis: Axis, values: list[float], few: int) -> bool:
    spread = all(high >= 1.4 * low for low, high in pairwise(values))
    return axis.scale == "log" and 2 <= len(values) <= few and spread


def _marks(axes: Axes, plot: Plot) -> None:
    """Vertical lines; their labels stand above the frame, one below the other, and so hide no data."""
    last = len(plot.marks) - 1
    for index, mark in enumerate(sorted(plot.marks, key=lambda mark: mark.x)):
        axes.axvline(
            mark.x, color=_INK, alpha=0.55, linewidth=1.1, linestyle=_DASHES[(index + 1) % len(_DASHES)]
        )
        left = (
            axes.transAxes.inverted().transform(axes.transData.transform((mark.x, axes.get_ylim()[0])))[0]
            < 0.5
        )
        axes.annotate(
            _plain(f"↓ {mark.label}" if left else f"{mark.label} ↓"),
            (mark.x, 1.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-3 if left else 3, 4 + 13 * (last - index)),
            textcoords="offset points",
            ha="left" if left else "right",
            fontsize=9,
            annotation_clip=False,
        )


def _plain(text: str) -> str:
    """Text as it stands: matplotlib reads $...$ as a formula and leaves labels like _x out of a legend."""
    return re.sub("^_", "\N{WORD JOINER}_", text).replace("$", r"\$")


def _inline(text: str, plot: Plot, name: str) -> str:
    """The <svg> element alone: ids of its own, described for those who cannot see it, sized by the page."""
    body = text[text.index("<svg") :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'(url\(|xlink:href=")#', rf"\1#{name}-", body)
    body = re.sub(r"font-family: [^;]+; ?", "", body.replace(_INK, "currentColor"))
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]+)"', body)
    assert box is not None, "matplotlib writes a viewBox"
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    head = (
        f'<svg {names} viewBox="{box[1]}" {_LOOK} role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(plot.title)}</title>'
        f'<desc id="{name}-desc">{escape(plot.caption)}</desc>'
    )
    return head + body[body.index(">") + 1 :].strip()
