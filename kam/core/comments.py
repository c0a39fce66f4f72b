"""Comments on any record, with mentions: seen by whoever sees the record, changed only by their author and for a while."""

import re
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.about import AboutQuerySet
from kam.core.characters import unkept
from kam.core.history import tracked
from kam.core.notifications import Way, define_notification, notify
from kam.core.records import About, Record
from kam.core.verbs import verb
from kam.core.workflow import Denied

MENTIONED = define_notification("mentioned", _("Somebody mentions me in a comment"), way=Way.MAIL)
CHANGEABLE = timedelta(hours=24)
LONGEST = 4000
# A mention is kept as @[12], the key of the person; the page shows the name.
MENTION = re.compile(r"@\[(\d{1,18})\]")


def may_be_commented(rows: Any, user: Any) -> Any:
    """Of these records those on which this person may say something: a model may be shown to people who may not (`commented_by`)."""
    return rows.commented_by(user) if hasattr(rows, "commented_by") else rows


class CommentQuerySet(AboutQuerySet):
    """Comments: read by whoever sees the record; written by those whose role carries the verb; changed by their author."""

    def permitted(self, user: Any, verb: str) -> Self:
        if not user.may(verb):
            return self.none()
        rows = self.visible_to(user).on_records(lambda found: may_be_commented(found, user))
        return rows if verb == "core.write_comment" else rows.filter(author=user)

    def for_list(self) -> Self:
        return self.select_related("author").prefetch_related("mentioned")


@tracked(erasable=("text",))
class Comment(About, Record):
    """What somebody said on a record."""

    text = models.TextField(_("comment"), max_length=LONGEST)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+", verbose_name=_("author")
    )
    place = models.CharField(_("place in the record"), max_length=80, blank=True, editable=False)
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, editable=False, related_name="+", verbose_name=_("mentioned"))
    edited_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["content_type", "object_id", "created_at", "id"], name="core_comment_about")]
        constraints = [models.CheckConstraint(condition=Q(deleted_at=None) | Q(text=""), name="core_comment_deleted_is_empty")]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        """The comment on the page of its record."""
        path = getattr(self.record, "get_absolute_url", lambda: "/")()
        return f"{path}#comment-{self.pk}"

    def parts(self) -> list[tuple[str, Any]]:
        """The text in pieces, to be shown: `("text", words)` and `("person", user)` for a mention."""
        people = {person.pk: person for person in self.mentioned.all()}
        pieces: list[tuple[str, Any]] = []
        end = 0
        for found in MENTION.finditer(self.text):
            person = people.get(int(found[1]))
            if person is not None:
                pieces += [("text", self.text[end : found.start()]), ("person", person)]
                end = found.end()
        return [piece for piece in [*pieces, ("text", self.text[end:])] if piece[1]]

    def why_not_changeable(self) -> Denied | None:
        """Why this comment can no longer be changed, or None."""
        if self.deleted_at:
            return Denied("comment_deleted", _("This comment has been deleted."))
        if clock.now() - self.created_at > CHANGEABLE:
            return Denied("comment_too_old", _("A comment can be changed for 24 hours. Write a new one."))
        return None


@verb("core.write_comment", _("Comment"))
def write_comment(
    rows: type[Comment], *, actor: Any, record: models.Model, text: str, place: str = "", reason: str = ""
) -> Comment:
    """Say something on a record; people mentioned as @[key] are told if they may see it. Raises Denied."""
    comment = Comment(
        text=_checked(text),
        author=actor,
        place=place[:80],
        content_type=ContentType.objects.get_for_model(record),
        object_id=record.pk,
    )
    comment.save()
    _mention(comment, record, actor)
    return comment


@verb("core.edit_comment", _("Change comment"))
def edit_comment(comment: Comment, *, actor: Any, text: str | None = None, reason: str = "") -> Comment:
    """Change one's own comment within a day (without a text it stays); the history keeps what it said. Raises Denied."""
    denied = comment.why_not_changeable()
    if denied:
        raise denied
    text = comment.text if text is None else _checked(text)
    if text != comment.text:
        comment.text, comment.edited_at = text, clock.now()
        comment.save()
        _mention(comment, comment.record, actor)
    return comment


@verb("core.delete_comment", _("Delete comment"))
def delete_comment(comment: Comment, *, actor: Any, reason: str = "") -> Comment:
    """Empty one's own comment within a day; its place stays, so that answers make sense. Raises Denied."""
    denied = comment.why_not_changeable()
    if denied:
        raise denied
    comment.text, comment.deleted_at = "", clock.now()
    comment.save()
    comment.mentioned.clear()
    return comment


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Denied("comment_empty", _("Write something."), field="text", status=400)
    if len(text) > LONGEST:
        raise Denied("comment_too_long", _("At most %(count)d characters.") % {"count": LONGEST}, field="text", status=400)
    fault = unkept(text)
    if fault:
        raise Denied(*fault, field="text", status=400)
    return text


def _mention(comment: Comment, record: Any, actor: Any) -> None:
    """Note and tell the people mentioned who may see the record; naming others tells them nothing."""
    keys = {int(found) for found in MENTION.findall(comment.text)}
    rows = type(record)._default_manager
    people = [
        person
        for person in get_user_model().objects.filter(pk__in=keys, is_active=True).order_by("pk")
        if rows.visible_to(person).filter(pk=record.pk).exists()
    ]
    comment.mentioned.set(people)
    told = [person for person in people if person != actor]
    notify(MENTIONED, record, to=told, occasion=f"comment:{comment.pk}", actor=actor)


def people_to_mention(record: Any, words: str, *, limit: int = 8) -> list[Any]:
    """Active people whose name begins with these words and who may see the record, for the list under an @."""
    found = get_user_model().objects.filter(is_active=True)
    for word in words.split()[:3]:
        found = found.filter(Q(first_name__istartswith=word) | Q(last_name__istartswith=word))
    rows = type(record)._default_manager
    chosen = []
    for person in found.order_by("last_name", "first_name", "pk")[:40]:
        if rows.visible_to(person).filter(pk=record.pk).exists():
            chosen.append(person)
            if len(chosen) == limit:
                break
    return chosen
