"""Forms of a contract review: the answers of a function, a signature, a decision on a difference, the class, the result."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kam.core.forms import Form
from orders.actions.review_rights import functions_held
from orders.models import ContractReview, ReviewAnswer, ReviewDifference
from orders.models.checklists import ReviewClass

CONDITIONS = 5
UNANSWERED = [("", "–")]


def reason_field(required: bool = True) -> forms.CharField:
    """Why."""
    return forms.CharField(label=_("Reason"), max_length=1000, required=required, widget=forms.Textarea({"rows": 3}))


class AnswersForm(Form):
    """The questions that the reader answers, each with its comment, how it was resolved, and evidence."""

    def __init__(self, *args: Any, reader: Any = None, record: Any = None, **kwargs: Any) -> None:
        self.rows = list(open_to(record, reader))
        super().__init__(*args, reader=reader, record=record, **kwargs)

    @classmethod
    def of(cls, review: ContractReview, reader: Any) -> type["AnswersForm"]:
        """The form with the fields of the questions that this reader answers."""
        fields: dict[str, Any] = {}
        for row in open_to(review, reader):
            key = row.question_id
            fields[f"answer_{key}"] = forms.ChoiceField(
                label=row.question.text,
                choices=UNANSWERED + list(ReviewAnswer.Answer.choices),
                required=False,
                initial=row.answer,
            )
            for name, label in (("comment", _("Comment")), ("resolution", _("How it was resolved")), ("evidence", _("Evidence"))):
                fields[f"{name}_{key}"] = forms.CharField(
                    label=label, max_length=200 if name == "evidence" else 1000, required=False, initial=getattr(row, name)
                )
        return type("AnswersOfForm", (cls,), fields)

    def values(self) -> dict[str, Any]:
        """The answers that were given."""
        known = super().values()
        answers = []
        for row in self.rows:
            told = {name: known.get(f"{name}_{row.question_id}", "") for name in ("answer", "comment", "resolution", "evidence")}
            if told["answer"]:
                answers.append({"question": row.question_id, **told})
        return {"answers": answers} | ({"version": known["version"]} if "version" in known else {})


def open_to(review: ContractReview, reader: Any) -> Any:
    """The questions of a review's class that a person answers."""
    rows = review.answers.filter(
        question__classes__contains=[review.klass], question__function__in=functions_held(reader, review)
    )
    return rows.select_related("question").order_by("question__position")


class SignForm(Form):
    """For which function, and what there is to say."""

    function = forms.ChoiceField(label=_("Function"))
    comment = forms.CharField(label=_("Opinion"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = functions_held(self.reader, self.record)
        rows = self.record.signatures.filter(round=self.record.round, signed_at__isnull=True, function__in=held)
        choice: Any = self.fields["function"]
        choice.choices = [(row.function, row.get_function_display()) for row in rows]


class OnDifference(Form):
    """Which difference; the page that leads here names it."""

    difference = forms.ChoiceField(label=_("Difference"))
    open_to_decide = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.record.differences.filter(gone_at__isnull=True)
        rows = (
            rows.exclude(decision="accept")
            if self.open_to_decide
            else rows.filter(decision__in=["ask", "reject"], closed_on=None)
        )
        choice: Any = self.fields["difference"]
        choice.choices = [(row.pk, row.name) for row in rows]

    def values(self) -> dict[str, Any]:
        values = super().values()
        return values | {"difference": int(values["difference"])}


class DecideDifferenceForm(OnDifference):
    """Accept, ask or reject, and why."""

    decision = forms.ChoiceField(label=_("Decision"), choices=ReviewDifference.Decision.choices)
    reason = reason_field()
    effect = forms.DecimalField(
        label=_("Effect of a year"), max_digits=18, decimal_places=2, required=False,
        help_text=_("In the group's currency; only where it could not be computed."),
    )  # fmt: skip


class SettleDifferenceForm(OnDifference):
    """The customer's answer, and whether the order is put right by it."""

    open_to_decide = False
    evidence = forms.CharField(
        label=_("Customer's answer"), max_length=200, help_text=_("Number or date of the corrected order, or of the letter.")
    )
    corrected = forms.BooleanField(
        label=_("The customer follows our offer or agreement: put the order right"), required=False, initial=True
    )


class ClassForm(Form):
    """Another class, and why."""

    klass = forms.ChoiceField(label=_("Class"), choices=ReviewClass.choices)
    reason = reason_field()


class DecideReviewForm(Form):
    """The result, its reason, the conditions, and when the customer was told."""

    owners = User.objects.filter(is_active=True)

    result = forms.ChoiceField(label=_("Result"), choices=ContractReview.Result.choices)
    reason = reason_field(required=False)
    informed_on = forms.DateField(label=_("Customer informed on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in range(1, CONDITIONS + 1):
            words = {"number": place}
            made: dict[str, Any] = {
                f"text_{place}": forms.CharField(label=_("Condition %(number)s") % words, max_length=400, required=False),
                f"owner_{place}": forms.ModelChoiceField(label=_("Owner"), queryset=self.owners, required=False),
                f"due_on_{place}": forms.DateField(label=_("By"), required=False),
            }
            for name, field in made.items():
                self.add(name, field)

    def values(self) -> dict[str, Any]:
        known = super().values()
        conditions = []
        for place in range(1, CONDITIONS + 1):
            one = {name: known.pop(f"{name}_{place}", None) for name in ("text", "owner", "due_on")}
            if any(one.values()):
                conditions.append(one | {"text": one["text"] or ""})
        return known | {"conditions": conditions}


class InformedForm(Form):
    """When the customer was told."""

    informed_on = forms.DateField(label=_("Customer informed on"))
