"""What a list can be asked: the screen's filters, an order from a whitelist, changes since a moment, and only some fields."""

import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.filters import BaseFilterBackend

from kam.core.characters import unkept
from kam.core.rest.fields import EARLIEST, LATEST

PAGING = ("page", "page_size", "cursor")
OWN = ("ordering", "fields", "updated_since")


def refuse(parameter: str, code: str, message: Any) -> ValidationError:
    """The refusal of a query parameter."""
    return ValidationError({parameter: [ErrorDetail(message, code)]})


def check_parameters(request: Any, known: set[str]) -> None:
    """Refuse parameters that nobody knows: a mistyped filter must not answer with everything."""
    errors = {
        name: [ErrorDetail(_("There is no parameter of this name."), "unknown_parameter")]
        for name in request.query_params
        if name not in known
    }
    for name, values in request.query_params.lists():
        fault = unkept(values)
        if name in known and fault:
            errors[name] = [ErrorDetail(fault[1], fault[0])]
    if errors:
        raise ValidationError(errors)


class RecordFilter(DjangoFilterBackend):
    """The FilterSet of the screen; filters on cost fields only for those who read costs in every row."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """The rows that pass the filters."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            check_parameters(request, {*OWN, *PAGING})
            return queryset
        names = {parameter: name for parameter, name in filterset.parameters().items() if name in filterset.filters}
        check_parameters(request, {*OWN, *PAGING, *names})
        if not filterset.is_valid():
            raise ValidationError(
                {
                    name: [ErrorDetail(e.messages[0] if e.messages else "", e.code or "invalid") for e in errors.as_data()]
                    for name, errors in filterset.errors.items()
                }
            )
        rows = filterset.qs
        for name in request.query_params:
            if name in names and touches(filterset.filters[names[name]].field_name or "", view.cost_fields):
                view.refuse_hidden_costs(name, queryset)
        return rows


def touches(path: str, cost_fields: tuple[str, ...]) -> bool:
    """Whether an ORM path leads to or through a cost field."""
    return any(part in cost_fields for part in path.split("__"))


class Ordering(BaseFilterBackend):
    """`ordering=name,-created_at`: fields from the view's whitelist, the key always last so that the order is total."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """The rows in the order asked for, else in the model's."""
        allowed = self.allowed(view)
        order = []
        for term in filter(None, request.query_params.get("ordering", "").split(",")):
            name = term.removeprefix("-")
            if name not in allowed:
                raise refuse("ordering", "unknown_ordering", _("The list cannot be sorted by this."))
            if name in view.cost_fields or touches(allowed[name], view.cost_fields):
                view.refuse_hidden_costs("ordering", queryset)
            order.append(("-" if term.startswith("-") else "") + allowed[name])
        order = order or list(view.ordering or queryset.model._meta.ordering)
        if not any(isinstance(term, str) and term.removeprefix("-") in {"pk", "id"} for term in order):
            order.append("pk")
        return queryset.order_by(*order)

    @staticmethod
    def allowed(view: Any) -> dict[str, str]:
        """The names that a client may sort by, with the ORM path of each."""
        fields = view.ordering_fields
        return dict(fields) if isinstance(fields, dict) else {name: name for name in fields}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter as OpenAPI."""
        names = list(self.allowed(view))
        if not names:
            return []
        return [
            {
                "name": "ordering",
                "in": "query",
                "required": False,
                "description": "Sort by these fields, parted by commas; a minus turns the order round. One of: "
                + ", ".join(names)
                + ".",
                "schema": {"type": "string", "pattern": f"^-?({'|'.join(names)})(,-?({'|'.join(names)}))*$"},
            }
        ]


class ChangedSince(BaseFilterBackend):
    """`updated_since=2026-01-31T12:00:00Z`: rows changed at or after that moment; the answer's `next_since` is the next one to send."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """The rows changed since, all if the parameter is missing."""
        text = request.query_params.get("updated_since")
        if text is None:
            return queryset
        if not self.kept(queryset.model):
            raise refuse("updated_since", "unknown_parameter", _("There is no parameter of this name."))
        view.next_since = next_since()
        return queryset.filter(updated_at__gte=self.moment(text))

    @staticmethod
    def kept(model: Any) -> bool:
        """Whether the model notes its last change."""
        return any(field.name == "updated_at" for field in model._meta.fields)

    @staticmethod
    def moment(text: str) -> datetime.datetime:
        """The moment that a client wrote; without a zone it is UTC."""
        try:
            # A plus sign that was not escaped arrives as a space.
            moment = parse_datetime(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
        except ValueError:
            moment = None
        if moment is None or not EARLIEST <= moment.date() <= LATEST:
            raise refuse("updated_since", "invalid", _("Write a moment such as 2026-01-31T12:00:00Z."))
        return moment if moment.tzinfo else timezone.make_aware(moment, datetime.UTC)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter as OpenAPI."""
        if not self.kept(view.queryset.model):
            return []
        return [
            {
                "name": "updated_since",
                "in": "query",
                "required": False,
                "description": "Only rows changed at or after this moment. The answer then carries next_since: send it the next time. "
                "No change is ever missed between two calls; a row may come twice.",
                "schema": {"type": "string", "format": "date-time"},
            }
        ]


# A role sees xact_start and backend_xid of sessions of its own role only, and KAM writes with one role. A session of another
# role that holds a transaction id (pg_locks shows that to everybody) counts as started when its process could have: not known,
# so the answer falls back to an hour ago.
NEXT_SINCE = """
SELECT least(
    statement_timestamp(),
    min(CASE WHEN activity.backend_xid IS NOT NULL THEN activity.xact_start WHEN activity.state = 'active' THEN activity.query_start END),
    min(CASE WHEN activity.state IS NULL AND locks.pid IS NOT NULL THEN statement_timestamp() - interval '1 hour' END)
)
FROM pg_stat_activity AS activity
LEFT JOIN pg_locks AS locks ON locks.pid = activity.pid AND locks.locktype = 'transactionid' AND locks.mode = 'ExclusiveLock'
WHERE activity.datname = current_database() AND activity.pid <> pg_backend_pid() AND activity.backend_type = 'client backend'
"""


def next_since() -> datetime.datetime:
    """The moment from which the next call must ask: the start of the oldest transaction that is still writing, else now.

    A row written by a transaction that has not committed yet carries a moment before now; asking from the start of
    the oldest one finds it next time. A statement that is just beginning counts from its own start.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT_SINCE)
        return cursor.fetchone()[0]


class Chosen(BaseFilterBackend):
    """`fields=id,name`: only these fields in the answer (`id` always); the query reads no other column where that is possible."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """The rows, cut to the columns asked for if each field is a column."""
        chosen = view.chosen_fields(queryset)
        if chosen is None or queryset.query.select_related:
            return queryset
        columns = {field.name for field in queryset.model._meta.concrete_fields}
        sources = {name: field.source for name, field in view.get_serializer().fields.items()}
        paths = {sources[name] for name in chosen}
        return queryset.only(*paths, "pk") if paths <= columns else queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter as OpenAPI."""
        return [FIELDS_PARAMETER]


FIELDS_PARAMETER = {
    "name": "fields",
    "in": "query",
    "required": False,
    "description": "Only these fields, parted by commas; id always comes along.",
    "schema": {"type": "string"},
}
