"""Pages of a list: numbered ones, and a cursor that neither skips nor repeats rows while others write."""

from datetime import date
from typing import Any

from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db.backends.postgresql.psycopg_any import DateRange, Range
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from kam.core.paging import count_rows, page_and_count
from kam.core.rest.listing import refuse

PAGE_SIZE, LARGEST_PAGE = 50, 500
LONGEST_NUMBER = 9


class _Encoder:
    """Cursor values as JSON: moments, days and amounts as text."""

    def dumps(self, value: Any) -> bytes:
        return DjangoJSONEncoder(separators=(",", ":")).encode(value).encode()

    def loads(self, data: bytes) -> Any:
        return signing.JSONSerializer().loads(data)


class Pages(BasePagination):
    """`page` and `page_size` (50, at most 500), or `cursor` (empty to begin); both answer count, next, previous and results."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        """The rows of the page that was asked for."""
        self.view, self.address = view, request.build_absolute_uri()
        self.size = min(self._number(request, "page_size", PAGE_SIZE), LARGEST_PAGE)
        if "cursor" in request.query_params:
            return self._by_cursor(queryset, request.query_params["cursor"])
        return self._by_number(queryset, self._number(request, "page", 1))

    @staticmethod
    def _number(request: Any, name: str, default: int) -> int:
        text = request.query_params.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_NUMBER or int(text) < 1:
            raise refuse(name, "invalid", _("Write a whole number from 1."))
        return int(text)

    def _by_number(self, queryset: Any, number: int) -> list[Any]:
        start = (number - 1) * self.size
        rows, self.count = page_and_count(queryset, start, self.size)
        if number > 1 and start >= self.count:
            raise NotFound(_("The list has no such page."))
        self.next = self._page(number + 1) if start + self.size < self.count else None
        self.previous = self._page(number - 1) if number > 1 else None
        return rows

    def _page(self, number: int) -> str:
        if number == 1:
            return remove_query_param(self.address, "page")
        return replace_query_param(self.address, "page", number)

    def _by_cursor(self, queryset: Any, text: str) -> list[Any]:
        found = [_term(term) for term in queryset.query.order_by]
        terms = [term for term in found if term is not None]
        if len(terms) < len(found):
            raise refuse("cursor", "invalid", _("This list has no cursor; use pages."))
        order = [f"{'-' if descending else ''}{path}" for path, descending in terms]
        state = self._state(text, order)
        backwards = state["b"]
        self.count = count_rows(queryset) if state["n"] is None else state["n"]
        queryset = queryset.annotate(**{f"cursor_{place}": F(path) for place, (path, _descending) in enumerate(terms)})
        if backwards:
            queryset = queryset.reverse()
        if state["v"] is not None:
            queryset = queryset.filter(_after(terms, [_original(value) for value in state["v"]], backwards))
        rows = list(queryset[: self.size + 1])
        more, rows = len(rows) > self.size, rows[: self.size]
        if backwards:
            rows.reverse()
        onward, back = (True, more) if backwards else (more, state["v"] is not None)
        self.next = self._cursor(order, rows[-1], len(terms), False) if rows and onward else None
        self.previous = self._cursor(order, rows[0], len(terms), True) if rows and back else None
        return rows

    def _state(self, text: str, order: list[str]) -> dict[str, Any]:
        if not text:
            return {"b": False, "v": None, "n": None}
        try:
            state = signing.loads(text, salt="kam.cursor", serializer=_Encoder)
        except (signing.BadSignature, ValueError):
            raise refuse(
                "cursor", "invalid", _("This cursor does not belong to this list; begin again with an empty one.")
            ) from None
        if state["o"] != order or state["p"] != self.view.request.path:
            raise refuse("cursor", "invalid", _("This cursor does not belong to this list; begin again with an empty one."))
        return dict(state)

    def _cursor(self, order: list[str], row: Any, terms: int, backwards: bool) -> str:
        values = [_portable(getattr(row, f"cursor_{place}")) for place in range(terms)]
        state = {"o": order, "v": values, "b": backwards, "n": self.count, "p": self.view.request.path}
        return replace_query_param(
            self.address, "cursor", signing.dumps(state, salt="kam.cursor", serializer=_Encoder, compress=True)
        )

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its neighbours' addresses."""
        answer = {"count": self.count, "next": self.next, "previous": self.previous}
        since = getattr(self.view, "next_since", None)
        if since is not None:
            answer["next_since"] = since
        return Response(answer | {"results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page as OpenAPI."""
        address = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {
                    "type": "integer",
                    "description": "Rows of the whole list; with a cursor, as counted at its beginning.",
                },
                "next": address | {"description": "Address of the next page."},
                "previous": address | {"description": "Address of the page before."},
                "next_since": {
                    "type": "string",
                    "format": "date-time",
                    "description": "What to send as updated_since the next time; there if updated_since was sent.",
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters as OpenAPI."""

        def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
            return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}

        return [
            parameter("page", "Number of the page, from 1.", type="integer", minimum=1),
            parameter("page_size", "Rows of a page; more than 500 are cut to 500.", type="integer", minimum=1, default=PAGE_SIZE),
            parameter("cursor", "Instead of page: empty to begin, then as next and previous give it.", type="string"),
        ]


def _term(term: Any) -> tuple[str, bool] | None:
    """An ordering term as path and direction; an expression has none."""
    if isinstance(term, str):
        return term.removeprefix("-"), term.startswith("-")
    descending = isinstance(term, OrderBy) and term.descending
    inner: Any = term.expression if isinstance(term, OrderBy) else term
    return (inner.name, descending) if isinstance(inner, F) else None  # type: ignore[attr-defined]


def _portable(value: Any) -> Any:
    """A value as it travels in a cursor: a period as its two days."""
    return {"period": [value.lower, value.upper]} if isinstance(value, Range) else value


def _original(value: Any) -> Any:
    """The value that was made portable."""
    if isinstance(value, dict):
        return DateRange(*(date.fromisoformat(day) if day else None for day in value["period"]))
    return value


def _after(terms: list[tuple[str, bool]], values: list[Any], backwards: bool) -> Q:
    """The rows that come after these values; PostgreSQL puts NULL after everything, before everything when descending."""
    found, equal = Q(pk__in=[]), Q()
    for (path, descending), value in zip(terms, values, strict=True):
        downwards = descending != backwards
        if value is None:
            beyond = Q(**{f"{path}__isnull": False}) if downwards else None
        elif downwards:
            beyond = Q(**{f"{path}__lt": value})
        else:
            beyond = Q(**{f"{path}__gt": value}) | Q(**{f"{path}__isnull": True})
        if beyond is not None:
            found |= equal & beyond
        equal &= Q(**{f"{path}__isnull": True}) if value is None else Q(**{path: value})
    return found
