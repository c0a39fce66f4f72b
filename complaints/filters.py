"""Filters of complaints, customers' deadlines and turns on call, for screens and API alike."""

from typing import Any

import django_filters
from django.db.models import Exists, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location
from catalog.filters import Searched
from complaints.models import (
    Cause,
    Complaint,
    ComplaintAction,
    ComplaintCost,
    ComplaintLetter,
    CustomerDeadline,
    Depth,
    OnCall,
    Repair,
    RepairEstimate,
    RepairLetter,
    RepairLoaner,
    RepairPiece,
    Settlement,
    Step,
)
from complaints.reports.step_times import KEEPING, step_clocks
from kam.core import clock
from kam.core.filters import Choices, FilterSet, visible_choices
from kam.core.work_items import WorkItem

#: A step, and how its deadline was kept.
KEPT = [
    (f"{step}:{kept}", format_lazy("{step}: {kept}", step=label, kept=words))
    for step, label in Step.choices
    for kept, words in KEEPING.items()
]


class ComplaintFilter(Searched):
    """Complaints by words, where they stand, how grave, about what, of whom, where, and by whom they wait to be acknowledged."""

    status = Choices(choices=Complaint.Status.choices, label=_("Status"))
    kind = Choices(choices=Complaint.Kind.choices, label=_("Kind"))
    severity = Choices(choices=Complaint.Severity.choices, label=_("Severity"))
    depth = Choices(choices=Depth.choices, label=_("Depth"))
    open = django_filters.BooleanFilter(method="filter_open", label=_("Open"))
    counted = django_filters.BooleanFilter(method="filter_counted", label=_("Neither duplicate nor withdrawn"))
    unanswered = django_filters.BooleanFilter(method="filter_unanswered", label=_("Not acknowledged by all"))
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine to act on or taken in by me"))
    repeat = django_filters.BooleanFilter(field_name="repeats", lookup_expr="isnull", exclude=True, label=_("Repeats"))
    customer = django_filters.ModelChoiceFilter(
        field_name="plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    location = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Location), method="filter_location", label=_("Location that sells or produces")
    )
    received = django_filters.DateFromToRangeFilter(field_name="received_at", label=_("Received"))
    step = django_filters.ChoiceFilter(choices=KEPT, method="filter_step", label=_("Step and its deadline"))
    deadline_of = django_filters.CharFilter(
        method="filter_deadline_of", label=_("Deadline of the step by the customer's document; - where it is our own")
    )
    shown_first = ("status", "customer", "unanswered")

    class Meta:
        model = Complaint
        fields = [
            "plant", "product", "defect", "simple", "line_stop", "safety", "selling_location", "producing_location", "order", "number",
            "channel", "leader",
        ]  # fmt: skip

    def filter_open(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those on which something is to be done, or the others."""
        return rows.open() if value else rows.filter(status__in=Complaint.OVER)

    def filter_counted(self, rows: Any, name: str, value: bool) -> QuerySet:
        """What the figures count, or the others."""
        return rows.counted() if value else rows.exclude(pk__in=Complaint.objects.counted().values("pk"))

    def filter_unanswered(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that a department has not acknowledged, or those that all have."""
        return rows.unanswered() if value else rows.exclude(pk__in=Complaint.objects.unanswered().values("pk"))

    def filter_step(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those in which a step was done, missed its deadline, or is late and not done; by whose deadline says `deadline_of`."""
        step, _colon, kept = value.partition(":")
        return rows.filter(Exists(step_clocks(step, kept, self.form.cleaned_data.get("deadline_of", ""))))

    def filter_deadline_of(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those of which a step goes by a customer's document (`-`: by our own deadlines); of one step where one is asked for."""
        return rows if self.form.cleaned_data.get("step") else rows.filter(Exists(step_clocks("", "", value)))

    def filter_mine(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those that the reader took in or has something to do about, or the others."""
        items = WorkItem.objects.to_do_by(self.reader).filter(
            content_type__app_label="complaints", content_type__model="complaint"
        )
        own = Q(reported_by=self.reader) | Q(pk__in=items.values("object_id"))
        return rows.filter(own) if value else rows.exclude(own)

    def filter_location(self, rows: QuerySet, name: str, value: Location) -> QuerySet:
        """Those that a location sold or made."""
        return rows.filter(Q(selling_location=value) | Q(producing_location=value))


class OnCallFilter(FilterSet):
    """Turns by department, person and whether they hold today."""

    location = django_filters.ModelChoiceFilter(
        field_name="department__location", queryset=visible_choices(Location), label=_("Location")
    )
    today = django_filters.BooleanFilter(method="filter_today", label=_("Today"))
    shown_first = ("location", "department")

    class Meta:
        model = OnCall
        fields = ["department", "person", "place"]

    def filter_today(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Turns of today, or the others."""
        held = {"period__contains": clock.today()}
        return rows.filter(**held) if value else rows.exclude(**held)


class CustomerDeadlineFilter(FilterSet):
    """Customers' deadlines by customer, step and whether they hold today."""

    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    today = django_filters.BooleanFilter(method="filter_today", label=_("In force"))
    shown_first = ("customer", "step")

    class Meta:
        model = CustomerDeadline
        fields = ["step", "unit", "profile"]

    def filter_today(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those in force today, or the others."""
        held = {"period__contains": clock.today()}
        return rows.filter(**held) if value else rows.exclude(**held)


class RepairFilter(Searched):
    """Repairs by words, where they stand, of whom, where, and whether they are urgent or came by themselves."""

    status = Choices(choices=Repair.Status.choices, label=_("Status"))
    open = django_filters.BooleanFilter(method="filter_open", label=_("Open"))
    customer = django_filters.ModelChoiceFilter(
        field_name="plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    location = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Location), method="filter_location", label=_("Location that sells or repairs")
    )
    serial = django_filters.CharFilter(method="filter_serial", label=_("Serial number"))
    requested = django_filters.DateFromToRangeFilter(field_name="requested_at", label=_("Requested"))
    shown_first = ("status", "customer", "serial")

    class Meta:
        model = Repair
        fields = [
            "plant", "selling_location", "repair_location", "complaint", "origin", "urgent", "unannounced", "customs", "number",
        ]  # fmt: skip

    def filter_open(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those on which something is to be done, or the others."""
        return rows.open() if value else rows.filter(status__in=Repair.OVER)

    def filter_location(self, rows: QuerySet, name: str, value: Location) -> QuerySet:
        """Those that a location sold or repairs."""
        return rows.filter(Q(selling_location=value) | Q(repair_location=value))

    def filter_serial(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those with a piece of this serial number, as declared or as found."""
        return rows.filter(pk__in=RepairPiece.objects.with_serial(value.strip()).values("repair"))


class RepairPieceFilter(Searched):
    """Pieces by serial number, where they stand, of whom, of which product, and what is still to be settled."""

    status = Choices(choices=RepairPiece.Status.choices, label=_("Status"))
    open = django_filters.BooleanFilter(method="filter_open", label=_("Open"))
    to_settle = django_filters.BooleanFilter(method="filter_to_settle", label=_("To be settled with the customer"))
    late = django_filters.BooleanFilter(method="filter_late", label=_("Late"))
    repeat = django_filters.BooleanFilter(field_name="repeat_of", lookup_expr="isnull", exclude=True, label=_("Failed again"))
    twice = django_filters.BooleanFilter(method="filter_twice", label=_("Serial number twice"))
    serial = django_filters.CharFilter(method="filter_serial", label=_("Serial number"))
    customer = django_filters.ModelChoiceFilter(
        field_name="repair__plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    location = django_filters.ModelChoiceFilter(
        field_name="repair__repair_location", queryset=visible_choices(Location), label=_("Repairing location")
    )
    selling_location = django_filters.ModelChoiceFilter(
        field_name="repair__selling_location", queryset=visible_choices(Location), label=_("Selling location")
    )
    returned = django_filters.BooleanFilter(method="filter_returned", label=_("Came back after the repair"))
    received = django_filters.DateFromToRangeFilter(field_name="received_at", label=_("Received"))
    analysed = django_filters.BooleanFilter(field_name="diagnosed_at", lookup_expr="isnull", exclude=True, label=_("Analysed"))
    left = django_filters.DateFromToRangeFilter(field_name="left_at", label=_("Left"))
    shown_first = ("status", "customer", "serial")

    class Meta:
        model = RepairPiece
        fields = ["repair", "product", "mismatch", "damaged", "batch", "fault_code", "cause_code", "warranty", "settled"]

    def filter_twice(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those whose serial number another open piece of the product has, too, or the others."""
        found = rows.twice(self.reader)
        return found if value else rows.exclude(pk__in=found.values("pk"))

    def filter_open(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those on which something is to be done, or the others."""
        return rows.open() if value else rows.exclude(pk__in=RepairPiece.objects.open().values("pk"))

    def filter_to_settle(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those that differ and wait for the customer, or the others."""
        waiting = Q(mismatch=True, settled_at=None)
        return rows.filter(waiting) if value else rows.exclude(waiting)

    def filter_returned(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those that failed again soon after their repair, or the others."""
        again = RepairPiece.objects.filter(repeat_of__isnull=False).values("repeat_of")
        return rows.filter(pk__in=again) if value else rows.exclude(pk__in=again)

    def filter_late(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that are not ready on the day that was promised, or the others."""
        return rows.late() if value else rows.exclude(pk__in=RepairPiece.objects.late().values("pk"))

    def filter_serial(self, rows: Any, name: str, value: str) -> QuerySet:
        """Those with this serial number, as declared or as found."""
        return rows.with_serial(value.strip())


class ComplaintLetterFilter(FilterSet):
    """Letters by their complaint, kind and whether they went out."""

    kind = Choices(choices=ComplaintLetter.Kind.choices, label=_("Kind"))
    state = Choices(choices=ComplaintLetter.State.choices, label=_("State"))

    class Meta:
        model = ComplaintLetter
        fields = ["complaint"]


class RepairLetterFilter(FilterSet):
    """Letters by their repair, kind and whether they went out."""

    kind = Choices(choices=RepairLetter.Kind.choices, label=_("Kind"))
    state = Choices(choices=RepairLetter.State.choices, label=_("State"))

    class Meta:
        model = RepairLetter
        fields = ["repair", "piece"]


class RepairLoanerFilter(FilterSet):
    """Loaners by repair, product, customer, and whether they are out or should be back."""

    out = django_filters.BooleanFilter(field_name="returned_on", lookup_expr="isnull", label=_("With customers"))
    overdue = django_filters.BooleanFilter(method="filter_overdue", label=_("Overdue"))
    customer = django_filters.ModelChoiceFilter(
        field_name="repair__plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    serial = django_filters.CharFilter(field_name="serial", lookup_expr="iexact", label=_("Serial number"))
    shown_first = ("out", "customer", "serial")

    class Meta:
        model = RepairLoaner
        fields = ["repair", "product"]

    def filter_overdue(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that should be back, or the others."""
        return rows.overdue() if value else rows.exclude(pk__in=RepairLoaner.objects.overdue().values("pk"))


class CauseFilter(FilterSet):
    """Causes by complaint, kind and category."""

    class Meta:
        model = Cause
        fields = ["complaint", "kind", "category", "root"]


class ComplaintActionFilter(FilterSet):
    """Actions by complaint, who has to do them, and whether they are done."""

    open = django_filters.BooleanFilter(field_name="done_on", lookup_expr="isnull", label=_("Open"))

    class Meta:
        model = ComplaintAction
        fields = ["complaint", "discipline", "owner", "cause"]


class RepairEstimateFilter(FilterSet):
    """Estimates by where they stand, of whom, for which piece and since when."""

    status = Choices(choices=RepairEstimate.Status.choices, label=_("Status"))
    open = django_filters.BooleanFilter(method="filter_open", label=_("Open"))
    customer = django_filters.ModelChoiceFilter(
        field_name="piece__repair__plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    location = django_filters.ModelChoiceFilter(
        field_name="piece__repair__selling_location", queryset=visible_choices(Location), label=_("Selling location")
    )
    sent = django_filters.DateFromToRangeFilter(field_name="sent_at", label=_("Sent"))
    shown_first = ("status", "customer", "location")

    class Meta:
        model = RepairEstimate
        fields = ["piece", "uneconomic", "further", "channel"]

    def filter_open(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that are being made or that a customer could still answer, or the others."""
        return rows.open() if value else rows.exclude(pk__in=RepairEstimate.objects.open().values("pk"))


class SettlementFilter(FilterSet):
    """Settlements by complaint, where they stand, and how the customer is compensated."""

    status = Choices(choices=Settlement.Status.choices, label=_("Status"))

    class Meta:
        model = Settlement
        fields = ["complaint", "remedy", "level"]


class ComplaintCostFilter(FilterSet):
    """Costs by complaint, kind and day."""

    incurred_on = django_filters.DateFromToRangeFilter(label=_("Day"))

    class Meta:
        model = ComplaintCost
        fields = ["complaint", "kind"]
