"""Saved views of lists and each person's choice of columns, row height and page length; a shared view shows its reader's rows."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kam.core.characters import as_kept, unkept
from kam.core.scoping import OwnQuerySet, ScopedQuerySet
from kam.core.workflow import Denied, not_permitted

VIEWS_A_PAGE = 30


class SavedViewQuerySet(ScopedQuerySet):
    """Views of lists: one's own and the shared ones are read, only one's own are changed."""

    def visible_to(self, user: Any) -> "SavedViewQuerySet":
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.filter(Q(owner=user) | Q(shared=True))

    def permitted(self, user: Any, verb: str) -> "SavedViewQuerySet":
        return self.visible_to(user).filter(owner=user)


class SavedView(models.Model):
    """A name for filters, order and columns of one list; it holds the question, never the answer."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    page = models.CharField(_("list"), max_length=80)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    columns = ArrayField(models.CharField(max_length=60), verbose_name=_("columns"), default=list, blank=True)
    shared = models.BooleanField(_("shared with everybody"), default=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["page", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="core_saved_view_name_once")]
        indexes = [models.Index(fields=["page", "name", "id"], name="core_saved_view_order")]

    def __str__(self) -> str:
        return self.name


class LayoutQuerySet(OwnQuerySet):
    """Everybody has their own layouts."""


class ListLayout(models.Model):
    """How one person looks at one list: which columns in which order, compact or comfortable, how many rows."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_layouts", verbose_name=_("user")
    )
    page = models.CharField(_("list"), max_length=80)
    columns = ArrayField(models.CharField(max_length=60), verbose_name=_("columns"), default=list, blank=True)
    comfortable = models.BooleanField(_("comfortable rows"), default=False)
    page_size = models.PositiveSmallIntegerField(_("rows a page"), default=50)

    objects = LayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("list layout")
        verbose_name_plural = _("list layouts")
        ordering = ["page", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="core_list_layout_once")]

    def __str__(self) -> str:
        return self.page


def save_view(*, actor: Any, page: str, name: str, query: str, columns: list[str], shared: bool) -> SavedView:
    """Keep the present filters and columns under a name; the same name again replaces it. Raises Denied."""
    fault = unkept(name)
    if fault:
        raise Denied(*fault, field="name", status=400)
    name = as_kept(" ".join(name.split()))
    if not name:
        raise Denied("view_without_name", _("Give the view a name."), field="name", status=400)
    if len(name) > 60 or len(query) > 2000:
        raise Denied(
            "view_too_long", _("The name may have at most 60 characters and the filters 2000."), field="name", status=400
        )
    mine = SavedView.objects.filter(owner=actor, page=page)
    if mine.exclude(name=name).count() >= VIEWS_A_PAGE:
        raise Denied(
            "too_many_views", _("You have %(count)s views of this list already. Delete one first.") % {"count": VIEWS_A_PAGE}
        )
    view, _created = SavedView.objects.update_or_create(
        owner=actor, page=page, name=name, defaults={"query": query, "columns": columns, "shared": shared}
    )
    return view


def delete_view(view: SavedView, *, actor: Any, version: int | None = None, reason: str = "") -> None:
    """Remove a view that is one's own. Raises Denied for somebody else's."""
    if view.owner_id != actor.pk:
        raise not_permitted()
    view.delete()


def keep_layout(*, actor: Any, page: str, **values: Any) -> ListLayout:
    """Remember columns, row height or page length of a list for this person."""
    layout, _created = ListLayout.objects.update_or_create(user=actor, page=page, defaults=values)
    return layout
