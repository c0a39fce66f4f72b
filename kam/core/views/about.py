"""Panels that stand on any record, found by its content type and key: the time line with comments, and what is to be done."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from kam.core.about import rows_of
from kam.core.comments import Comment, delete_comment, may_be_commented, write_comment
from kam.core.forms import Form
from kam.core.timeline import Moment, by_day, timeline
from kam.core.views.base import Signed
from kam.core.views.form import place_refusals
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, not_permitted


class AboutPanel(Signed):
    """A panel on the record of the address (`kind` is a content type's id, `key` the record's); a foreign record is 404."""

    template_name = ""

    @cached_property
    def record(self) -> Any:
        """The record, if it is the reader's."""
        try:
            rows = rows_of(self.kwargs["kind"])
        except ContentType.DoesNotExist:
            rows = None
        found = rows.visible_to(self.reader).filter(pk=self.kwargs["key"]).first() if rows is not None else None
        if found is None:
            raise Http404
        return found

    def context(self) -> dict[str, Any]:
        """What the panel's template gets."""
        return {"record": self.record, "kind": self.kwargs["kind"], "key": self.kwargs["key"]}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, self.template_name, self.context())


class CommentForm(Form):
    """A comment, and who is to be told of it."""

    text = forms.CharField(label=_("Comment"), max_length=4000, widget=forms.Textarea({"rows": 2}))
    mention = forms.ModelMultipleChoiceField(
        label=_("Tell"), queryset=get_user_model()._default_manager.filter(is_active=True), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mention"].widget.attrs["placeholder"] = _("Tell somebody…")
        self.fields["text"].widget.attrs["placeholder"] = _("Comment")


class TimelinePanel(AboutPanel):
    """What happened on a record and what people said about it, by day; the field for a comment stands on top."""

    template_name = "core/timeline.html"

    def context(self) -> dict[str, Any]:
        shown = self.request.GET.get("show", "")
        facts = [] if shown == "comments" else timeline(self.record, self.reader)
        comments = (
            []
            if shown == "facts"
            else Comment.objects.about(self.record).visible_to(self.reader).for_list().order_by("-created_at", "-pk")[:40]
        )
        said = [
            Moment(comment.created_at, _("Comment"), "message-circle", comment.author, comment=comment) for comment in comments
        ]
        return super().context() | {
            "days": by_day([*facts, *said]),
            "shown": shown,
            "form": CommentForm(reader=self.reader) if self.may_comment() else None,
        }

    def may_comment(self) -> bool:
        """Whether the reader comments here: a role that carries the verb, on a record of which they see more than the card."""
        rows = type(self.record)._default_manager.all()
        if hasattr(rows, "detailed_to") and not rows.detailed_to(self.reader).filter(pk=self.record.pk).exists():
            return False
        if not may_be_commented(rows, self.reader).filter(pk=self.record.pk).exists():
            return False
        return bool(self.reader.may("core.write_comment"))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write a comment, and show the panel with it."""
        if not self.may_comment():
            raise not_permitted()
        form = CommentForm(request.POST, reader=self.reader)
        if form.is_valid():
            text = form.cleaned_data["text"]
            named = [f"@[{person.pk}]" for person in form.cleaned_data["mention"] if f"@[{person.pk}]" not in text]
            try:
                write_comment(Comment, actor=self.reader, record=self.record, text=" ".join([text, *named]))
                return render(request, self.template_name, self.context())
            except Denied as denied:
                place_refusals(form, denied)
        return render(request, self.template_name, self.context() | {"form": form}, status=422)


class CommentDelete(Signed):
    """Empty one's own comment."""

    model = Comment
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        comment = self.record_or_404()
        delete_comment(comment, actor=self.reader)
        return self.done(comment.get_absolute_url(), _("Comment deleted."))


class RecordWorkPanel(AboutPanel):
    """Who has to do what on a record by when."""

    template_name = "core/record_work.html"

    def context(self) -> dict[str, Any]:
        items = WorkItem.objects.on(self.record).visible_to(self.reader).open().for_list().by_urgency()[:20]
        for item in items:
            item.record = self.record
        return super().context() | {"items": items}
