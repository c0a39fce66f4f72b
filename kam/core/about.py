"""The row rule of what stands on another record (documents, comments): it is seen by whoever sees that record."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Self

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db import models
from django.db.models import Q

from kam.core.scoping import ScopedQuerySet


class AboutQuerySet(ScopedQuerySet):
    """Rows that stand on records of any application; the rule of each record's own model decides.

    Whoever sees only the card of a record (`detailed_to`) does not read what stands on it.
    """

    kind_field, key_field = "content_type_id", "object_id"

    def about(self, record: models.Model) -> Self:
        """What stands on this record."""
        kind = ContentType.objects.get_for_model(record, for_concrete_model=True)
        return self.filter(**{self.kind_field: kind.pk, self.key_field: record.pk})

    def visible_to(self, user: Any) -> Self:
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.on_records(lambda rows: rows.detailed_to(user) if hasattr(rows, "detailed_to") else rows.visible_to(user))

    def permitted(self, user: Any, verb: str) -> Self:
        if not user.may(verb):
            return self.none()
        return self.visible_to(user).on_records(lambda rows: rows.permitted(user, verb))

    def on_records(self, rule: Callable[[Any], models.QuerySet], kind_field: str = "", key_field: str = "") -> Self:
        """Those whose record passes the rule, asked kind by kind for the kinds that occur."""
        kind_field, key_field = kind_field or self.kind_field, key_field or self.key_field
        found = Q(pk__in=[])
        for kind in self.order_by().values_list(kind_field, flat=True).distinct():
            rows = rows_of(kind)
            if rows is not None:
                allowed = rule(rows)
                inside = (
                    Q()
                    if not allowed.query.where and not allowed.query.is_sliced
                    else Q(**{f"{key_field}__in": allowed.order_by().values("pk")})
                )
                found |= Q(**{kind_field: kind}) & inside
        return self.filter(found)


def rows_of(kind: int) -> Any:
    """The scoped rows behind a content type, or None where there is no such type or its model has no row rule."""
    try:
        model = ContentType.objects.get_for_id(kind).model_class()
    except ContentType.DoesNotExist:
        return None
    rows = model._default_manager.all() if model is not None else None
    return rows if isinstance(rows, ScopedQuerySet) else None


@cache
def with_records() -> GenericPrefetch:
    """Fetches the `record` of rows kind by kind, each with what its name needs: no query a row; what stands on records itself, plainly."""
    managers = (model._default_manager for model in apps.get_models() if not hasattr(model, "record"))
    rows = (manager.all() for manager in managers)
    return GenericPrefetch("record", [one.for_list() for one in rows if isinstance(one, ScopedQuerySet)])


def fetch_records(rows: Iterable[Any]) -> None:
    """Give these rows their records in as many queries as they are of different kinds."""
    models.prefetch_related_objects(list(rows), with_records())


def visible_record(kind: str, key: Any, user: Any) -> Any:
    """The record of a kind (`accounts.customer`) and key that this person may see, or None: a foreign one does not exist."""
    app, _dot, name = str(kind).partition(".")
    try:
        found = rows_of(ContentType.objects.get_by_natural_key(app, name.lower()).pk)
    except ContentType.DoesNotExist:
        return None
    if found is None or not str(key).isdecimal() or len(str(key)) > 18:
        return None
    return found.visible_to(user).filter(pk=int(key)).first()
