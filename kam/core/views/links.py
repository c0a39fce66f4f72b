"""Related records of any record: the panel that shows and makes links, and removing one."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from kam.core.about import visible_record
from kam.core.forms import Form
from kam.core.links import Link, link_records, links_of, unlink_records
from kam.core.views.about import AboutPanel
from kam.core.views.base import Signed
from kam.core.views.form import place_refusals
from kam.core.workflow import Denied


class LinkForm(Form):
    """The other record, by the address of its page, and what the two have to do with each other."""

    address = forms.CharField(
        label=_("Address of the other record"),
        max_length=500,
        help_text=_("Open its page and copy the address from the browser."),
    )
    meaning = forms.ChoiceField(label=_("This record"), choices=Link.Meaning.choices)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


def record_at(address: str, reader: Any) -> Any:
    """The record whose page has this address, if it is the reader's, or None."""
    try:
        match = resolve(urlsplit(address.strip()).path)
    except (Resolver404, ValueError):
        return None
    page: Any = getattr(match.func, "view_class", None)
    model = getattr(page, "model", None)
    if model is None or not issubclass(page, Signed) or "pk" not in match.kwargs:
        return None
    return visible_record(model._meta.label_lower, match.kwargs["pk"], reader)


class LinkPanel(AboutPanel):
    """The records to which this one is linked, as far as the reader sees both ends."""

    template_name = "core/links.html"

    def context(self) -> dict[str, Any]:
        found = links_of(self.record, self.reader)
        mine = set(Link.objects.of(self.record).permitted(self.reader, "core.unlink_records").values_list("pk", flat=True))
        lines = [(link, other, link.meaning_from(self.record), link.pk in mine) for link, other in found]
        return super().context() | {"lines": lines, "form": LinkForm(reader=self.reader) if self.may_link() else None}

    def may_link(self) -> bool:
        """Whether the reader links this record to others."""
        rows = type(self.record)._default_manager.permitted(self.reader, "core.link_records")
        return bool(rows.filter(pk=self.record.pk).exists())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Link the record to another one, and show the panel with it."""
        self.require("core.link_records", self.record)
        form = LinkForm(request.POST, reader=self.reader)
        if form.is_valid():
            values = form.values()
            other = record_at(values.pop("address"), self.reader)
            try:
                if other is None:
                    raise Denied("record_not_found", _("There is no such record."), field="address", status=400)
                link_records(
                    Link, actor=self.reader, record=self.record, other=other, meaning=values["meaning"], note=values["note"]
                )
                return render(request, self.template_name, self.context())
            except Denied as denied:
                place_refusals(form, denied)
        return render(request, self.template_name, self.context() | {"form": form, "open": True}, status=422)


class LinkRemove(Signed):
    """Take a link away; both records stay."""

    model = Link
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        link = self.record_or_404()
        back = getattr(link.record, "get_absolute_url", lambda: "/")()
        unlink_records(link, actor=self.reader)
        return self.done(
            request.POST.get("next", "") if _local(request.POST.get("next", "")) else f"{back}?tab=links", _("Link removed.")
        )


def _local(address: str) -> bool:
    """Whether an address leads to a page of ours."""
    parts = urlsplit(address)
    return address.startswith("/") and not address.startswith("//") and "\\" not in address and not parts.netloc
