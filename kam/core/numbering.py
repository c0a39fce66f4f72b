"""Gap-free numbers per kind of document, location and year, as in RQ-IT-2026-00012."""

from django.db import connection, models
from django.utils.translation import gettext_lazy as _


class Sequence(models.Model):
    """The last number that was given for a kind, location and year."""

    kind = models.CharField(_("kind"), max_length=10)
    location = models.CharField(_("location"), max_length=10)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number sequence")
        verbose_name_plural = _("number sequences")
        ordering = ["kind", "location", "year", "pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "location", "year"], name="core_sequence_once")]

    def __str__(self) -> str:
        return f"{self.kind}-{self.location}-{self.year}-{self.last:05d}"


def next_number(kind: str, *, location: str, year: int) -> str:
    """The next number of a document, without gaps: draw it last in the transaction that registers the document.

    The row of the sequence stays locked until that transaction ends, and a rollback gives the number back.
    Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a number is drawn inside the transaction that registers its document")
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO core_sequence (kind, location, year, "last") VALUES (%s, %s, %s, 1)'
            ' ON CONFLICT (kind, location, year) DO UPDATE SET "last" = core_sequence."last" + 1 RETURNING "last"',
            [kind, location, year],
        )
        (last,) = cursor.fetchone()
    return f"{kind}-{location}-{year}-{last:05d}"


def next_numbers(kind: str, *, location: str, year: int, count: int) -> list[str]:
    """Several numbers in a row, drawn at once: for an import. Raises RuntimeError outside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number is drawn inside the transaction that registers its document")
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO core_sequence (kind, location, year, "last") VALUES (%s, %s, %s, %s)'
            ' ON CONFLICT (kind, location, year) DO UPDATE SET "last" = core_sequence."last" + %s RETURNING "last"',
            [kind, location, year, count, count],
        )
        (last,) = cursor.fetchone()
    return [f"{kind}-{location}-{year}-{number:05d}" for number in range(last - count + 1, last + 1)]
