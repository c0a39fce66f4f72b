"""Changing one's own comment; the comments themselves stand in the time line of their record."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.comments import LONGEST, Comment, edit_comment
from kam.core.forms import Form
from kam.core.views.verb import VerbView


class CommentForm(Form):
    """The text of a comment."""

    text = forms.CharField(label=_("Comment"), max_length=LONGEST, widget=forms.Textarea({"rows": 4}))


class CommentEdit(VerbView):
    """Change one's own comment within a day; people mentioned in it stay mentioned as long as their names stand there."""

    model = Comment
    verb = "core.edit_comment"
    form_class = CommentForm

    def initial(self) -> dict[str, Any]:
        return {"text": "".join(f"@{piece}" if kind == "person" else piece for kind, piece in self.record.parts())}

    def act(self, form: Any) -> Comment:
        values = form.values()
        for person in sorted(self.record.mentioned.all(), key=lambda one: -len(str(one))):
            values["text"] = values["text"].replace(f"@{person}", f"@[{person.pk}]")
        comment: Comment = edit_comment(self.record, actor=self.reader, **values)
        return comment
