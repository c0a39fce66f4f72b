"""What the lists of the catalogue share: a way to import the same rows from a sheet, and an order by the reader's own names."""

from typing import Any

from kam.core.import_kinds import import_kind
from kam.core.plain import Plain
from kam.core.views import ListPage
from kam.core.words import translated_name


class SheetList(ListPage):
    """A list whose rows can be imported from a sheet; `kind` is the kind of import."""

    template_name = "catalog/sheet_list.html"
    kind = ""

    @property
    def can_import(self) -> bool:
        """Whether the reader may import these rows."""
        return self.reader.may(import_kind(self.kind).verb)


class TranslatedName:
    """The order of a list by the reader's own name of each row."""

    def asc(self, **options: Any) -> Any:
        """From A to Z."""
        return Plain(translated_name()).asc(**options)

    def desc(self, **options: Any) -> Any:
        """From Z to A."""
        return Plain(translated_name()).desc(**options)
