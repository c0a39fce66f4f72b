"""The plain form of a text: small letters without accents, what search finds and lists sort by."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Coalesce, Concat


class Plain(models.Func):
    """`kam_plain(text)`: small letters without accents (immutable, so that it can be indexed and generated)."""

    function = "kam_plain"
    output_field = models.TextField()


def search_text(*fields: str) -> Any:
    """A generated column with the plain form of several fields; search and duplicates look there."""
    parts: list[Any] = []
    for field in fields:
        parts += [
            Coalesce(models.F(field), models.Value(""), output_field=models.TextField()),
            models.Value(" ", output_field=models.TextField()),
        ]
    return models.GeneratedField(
        expression=Plain(Concat(*parts, output_field=models.TextField())),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
    )


def search_index(name: str) -> Any:
    """The trigram index behind `search_text`."""
    return GinIndex(OpClass(models.F("search_text"), name="gin_trgm_ops"), name=name)


def sort_index(name: str, field: str, *, within: str = "", include: Sequence[str] = ()) -> Any:
    """The index behind a list that is sorted by the plain form of a text, then by its key.

    `within` is a column by which the list is cut first. With the text itself and what else the list asks in `include`, rows
    that are not the reader's are passed over in the index, without reading them.
    """
    return models.Index(*filter(None, [within]), Plain(models.F(field)), "id", name=name, include=include or None)


def with_words(rows: models.QuerySet, text: str, *also: Any) -> models.QuerySet:
    """Those rows whose `search_text` holds every word that was typed, accents and case apart; `also` are functions from the
    whole text to a further condition that lets a row in, such as the code of another system."""
    text = " ".join(text.split())[:200]
    if not text:
        return rows
    found = models.Q()
    for word in text.split()[:10]:
        found &= models.Q(search_text__contains=Plain(models.Value(word)))
    for condition in also:
        found |= condition(text)
    return rows.filter(found)
