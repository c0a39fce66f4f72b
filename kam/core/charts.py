"""Charts as data: the same figures drawn in the browser and written as a table, each leading to the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kam.core import formats

KINDS = frozenset({"bar", "line", "tick", "bridge"})
TONES = frozenset({"accent", "light", "hatched", "text", "up", "down", "neutral"})


@dataclass(frozen=True)
class Series:
    """One row of figures: actuals are filled accent, open orders light, pipeline hatched, a budget is a tick (`kind="tick"`)."""

    name: Any
    values: Sequence[Any]
    kind: str = "bar"
    tone: str = "accent"
    stack: str = ""
    addresses: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.tone not in TONES:
            raise ValueError(f"Unknown kind or tone of a chart: {self.kind}, {self.tone}")


@dataclass(frozen=True)
class ChartData:
    """A chart that answers one question (`title`), with its unit; `addresses` of a series lead to the rows behind a figure.

    `key` is its name on the page. A bridge has one series whose first and last values are totals, the others effects.
    """

    key: str
    title: Any
    labels: Sequence[Any]
    series: Sequence[Series]
    unit: Any = ""
    decimals: int = 0
    note: Any = ""
    options: dict[str, Any] = field(default_factory=dict)

    def for_script(self) -> dict[str, Any]:
        """What the browser draws: plain figures, and beside them how the reader writes each."""
        return {
            "title": str(self.title),
            "unit": str(self.unit),
            "labels": [str(label) for label in self.labels],
            "series": [
                {
                    "name": str(series.name),
                    "kind": series.kind,
                    "tone": series.tone,
                    "stack": series.stack,
                    "values": [None if value is None else float(value) for value in series.values],
                    "written": [self.written(series, value) for value in series.values],
                    "addresses": list(series.addresses),
                }
                for series in self.series
            ],
        } | self.options

    def written(self, series: Series, value: Any) -> str:
        """A figure as the reader writes it; effects of a bridge carry their sign."""
        return formats.number(
            value, self.decimals, signed=series.kind == "bridge" and value not in (series.values[0], series.values[-1])
        )

    def rows(self) -> list[tuple[Any, list[tuple[str, str]]]]:
        """The same figures as a table: a label, then figure and address of every series."""
        lines = []
        for at, label in enumerate(self.labels):
            cells = [
                (self.written(series, series.values[at]), series.addresses[at] if at < len(series.addresses) else "")
                for series in self.series
            ]
            lines.append((label, cells))
        return lines

    @property
    def script_id(self) -> str:
        """The id of the element that carries the figures to the browser."""
        return f"chart-{self.key}"

    @property
    def empty(self) -> bool:
        """Whether there is no figure to draw."""
        return not any(value is not None for series in self.series for value in series.values)
