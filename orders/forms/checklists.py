"""The form of the next edition of the review checklist: what changed, and every question; an action decides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.catalogue import LineForm, LinesMixin
from kam.core.forms import Form
from orders.models import ReviewQuestion
from orders.models.checklists import ReviewClass


class QuestionForm(LineForm):
    """One question: for which classes, who answers it, and its words."""

    classes = forms.MultipleChoiceField(label=_("classes"), choices=ReviewClass.choices)

    class Meta:
        model = ReviewQuestion
        fields = ["section", "function", "classes", "statutory", "text_it", "text_en", "text_de", "code"]
        widgets = {"code": forms.HiddenInput}


class ChecklistForm(LinesMixin, Form):
    """What changed, and the questions in their order."""

    line_forms = {"questions": (_("Questions"), QuestionForm)}
    reason = forms.CharField(label=_("What changed"), max_length=400)
