"""What a panel is: a part of a record's page that an application serves at its own address under its own row rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Panel:
    """One panel: a tab, or with `side` a block at the right of the page.

    `url_name` takes the key of the record; with `about` (comments, documents, the time line: they stand on any record)
    it takes the content type's id and the key. `verb` hides the panel from readers without it, `shown` from those for whom
    it is not true; `count` is the figure beside the label, counted over the reader's rows.
    """

    name: str
    label: Any
    url_name: str
    icon: str = ""
    about: bool = False
    side: bool = False
    verb: str = ""
    shown: Callable[[Any], bool] | None = None
    count: Callable[[Any, Any], int | None] | None = None

    def address(self, record: Any) -> str:
        """Where the panel of this record is served, or nothing where that page does not stand yet."""
        arguments: list[Any] = [record.pk]
        if self.about:
            arguments.insert(0, ContentType.objects.get_for_model(record).pk)
        try:
            return reverse(self.url_name, args=arguments)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True)
class ShownPanel:
    """A panel on one record's page."""

    panel: Panel
    address: str
    count: int | None
    active: bool


def panels_for(record: Any, reader: Any, chosen: str, table: dict[str, list[Panel]]) -> list[ShownPanel]:
    """The panels that this reader sees on this record, in the order of the table; `*` stands on every record."""
    shown = []
    for panel in [*table.get(record._meta.label_lower, []), *table.get("*", [])]:
        where = panel.address(record)
        if where and (not panel.verb or reader.may(panel.verb)) and (panel.shown is None or panel.shown(reader)):
            shown.append(ShownPanel(panel, where, panel.count(record, reader) if panel.count else None, panel.name == chosen))
    return shown
