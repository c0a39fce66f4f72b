"""What a decision on one record touches elsewhere: counted for the preview, moved when it is done, by the same function."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet

from kam.core.records import About


@dataclass(frozen=True)
class Touch:
    """One line of a preview: what, how many, and a word on what becomes of them."""

    label: Any
    count: int
    note: Any = ""


def move_about(source: models.Model, target: models.Model, *, write: bool) -> Iterator[Touch]:
    """Whatever stands on a record of any kind (work, documents, comments, codes, links) goes to another one."""
    kind = ContentType.objects.get_for_model(source)
    for model in apps.get_models():
        if issubclass(model, About):
            rows = model._base_manager.filter(content_type=kind, object_id=source.pk)
            yield from move(rows, {"object_id": target.pk}, write=write)


def move(rows: QuerySet[Any], values: dict[str, Any], *, write: bool, note: Any = "") -> Iterator[Touch]:
    """Count rows and, where `write`, give them these values; one that the target has already stays where it is."""
    count = rows.count()
    if not count:
        return
    yield Touch(rows.model._meta.verbose_name_plural, count, note)
    if write:
        _update(rows, values)


def _update(rows: QuerySet[Any], values: dict[str, Any]) -> None:
    keys = list(rows.values_list("pk", flat=True))
    try:
        with transaction.atomic():
            rows.model._base_manager.filter(pk__in=keys).update(**values)
    except IntegrityError:
        for key in keys:
            try:
                with transaction.atomic():
                    rows.model._base_manager.filter(pk=key).update(**values)
            except IntegrityError:
                continue
