"""Links between two records of any applications; a link is seen only by whoever sees both ends."""

from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.about import AboutQuerySet, rows_of
from kam.core.history import tracked
from kam.core.records import About, Record
from kam.core.verbs import verb
from kam.core.workflow import Denied

#: What a link says when it is read from its other end.
TURNED = {"related": _("has to do with"), "caused_by": _("has caused"), "follows": _("is followed by")}


class LinkQuerySet(AboutQuerySet):
    """Links: both ends must be visible; who may link on one end and see the other may unlink too."""

    def visible_to(self, user: Any) -> Self:
        return super().visible_to(user).on_records(lambda rows: rows.visible_to(user), "other_type_id", "other_id")

    def of(self, record: models.Model) -> Self:
        """Links of which this record is either end."""
        kind = ContentType.objects.get_for_model(record).pk
        return self.filter(Q(content_type_id=kind, object_id=record.pk) | Q(other_type_id=kind, other_id=record.pk))


@tracked(erasable=("note",))
class Link(About, Record):
    """That one record has to do with another: a deviation with the complaint that caused it."""

    class Meaning(models.TextChoices):
        RELATED = "related", _("has to do with")
        CAUSED_BY = "caused_by", _("is caused by")
        FOLLOWS = "follows", _("follows from")

    other_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, editable=False, related_name="+")
    other_id = models.BigIntegerField(editable=False)
    other = GenericForeignKey("other_type", "other_id")
    meaning = models.CharField(_("meaning"), max_length=12, choices=Meaning, default=Meaning.RELATED)
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+")

    objects = LinkQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["other_type", "other_id"], name="core_link_other")]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "other_type", "other_id", "meaning"], name="core_link_once"
            ),
            models.CheckConstraint(
                condition=~Q(content_type=F("other_type"), object_id=F("other_id")), name="core_link_two_records"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record} – {self.other}"

    def meaning_from(self, record: models.Model) -> Any:
        """What this record, one of the two ends, has to do with the other, in words."""
        return self.get_meaning_display() if self.far_end(record) == self.other else TURNED[self.meaning]

    def far_end(self, record: models.Model) -> Any:
        """The other end, seen from one of the two."""
        here = ContentType.objects.get_for_model(record).pk == self.content_type_id and record.pk == self.object_id
        return self.other if here else self.record


@verb("core.link_records", _("Link"))
def link_records(
    rows: type[Link],
    *,
    actor: Any,
    record: models.Model,
    other: models.Model,
    meaning: str = Link.Meaning.RELATED,
    note: str = "",
    reason: str = "",
) -> Link:
    """Say that a record has to do with another; linking them again changes nothing. Raises Denied."""
    for end in (record, other):
        found = rows_of(ContentType.objects.get_for_model(end).pk)
        if found is None or (actor is not None and not found.visible_to(actor).filter(pk=end.pk).exists()):
            raise Denied("record_not_found", _("There is no such record."), field="other", status=400)
    ends = {"content_type": ContentType.objects.get_for_model(record), "object_id": record.pk}
    ends |= {"other_type": ContentType.objects.get_for_model(other), "other_id": other.pk}
    if ends["content_type"] == ends["other_type"] and record.pk == other.pk:
        raise Denied("link_to_itself", _("Choose another record: this is the same one."), field="other", status=400)
    turned = {
        "content_type": ends["other_type"],
        "object_id": other.pk,
        "other_type": ends["content_type"],
        "other_id": record.pk,
    }
    same = Q(**ends) | Q(**turned) if meaning == Link.Meaning.RELATED else Q(**ends)
    found = Link.objects.filter(same, meaning=meaning).first()
    return found or Link.objects.create(**ends, meaning=meaning, note=note[:200], made_by=actor)


@verb("core.unlink_records", _("Remove link"), leaves=True)
def unlink_records(link: Link, *, actor: Any, reason: str = "") -> None:
    """Remove a link; both records stay and the history keeps it. Raises Denied."""
    link.delete()


def links_of(record: models.Model, user: Any) -> list[tuple[Link, Any]]:
    """The links of a record that this person may see, each with the other end."""
    return [(link, link.far_end(record)) for link in Link.objects.of(record).visible_to(user).prefetch_related("record", "other")]
