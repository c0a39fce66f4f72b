"""The sales ledger over REST: its lines, its totals, and sums by what one asks for; what a source states comes in as an import."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from kam.core import clock
from kam.core.api import RecordSerializer, RecordViewSet
from kam.core.rest.listing import check_parameters, refuse
from orders.filters import SalesFilter, SalesLineFilter, SalesTotalFilter
from orders.models import SalesLine, SalesTotal
from orders.models.totals import MONTHS, month_column
from orders.reports.figures import COUNTED, DIMENSIONS, Question, sales_by, sales_by_month

AMOUNT: dict[str, Any] = {"max_digits": 28, "decimal_places": 6}


class LedgerViewSet(RecordViewSet):
    """Rows of the ledger: read only. Costs have two rules: the group's on the account axis, the local ones at the location too."""

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else rows.with_cost_rights(self.request.user)

    def costs_read_in(self, records: list[Any]) -> set[Any]:
        """The records whose cost of the group this person reads, as they were marked."""
        return {record.pk for record in records if record.reads_cost}

    def local_fields(self) -> tuple[str, ...]:
        """The fields that only readers of local costs see."""
        return getattr(self.serializer_class, "local_cost_fields", ())

    def chosen_fields(self, queryset: Any = None) -> list[str] | None:
        """The names in `fields=`; a local cost is refused to those who read none."""
        names = super().chosen_fields(queryset)
        rows: Any = self.get_queryset()
        if (
            any(name in self.local_fields() for name in names or ())
            and not rows.local_costs_visible_to(self.request.user).exists()
        ):
            raise refuse("fields", "costs_hidden", _("Costs and margins are not for you to see here."))
        return names

    def present(self, records: list[Any]) -> list[dict[str, Any]]:
        """The records without the costs that are not the reader's."""
        rows = super().present(records)
        for record, row in zip(records, rows, strict=True):
            if not record.reads_local_cost:
                for name in self.local_fields():
                    row.pop(name, None)
        return rows


class SalesLineSerializer(RecordSerializer):
    """A line that holds: the net amount as delivered, its revenue in the group's currency, costs, and whose it was on the day."""

    cost_fields = ("cost", "margin")
    local_cost_fields = ("local_cost", "local_margin")
    document = serializers.CharField(source="document.number", read_only=True)
    system = serializers.CharField(source="document.system", read_only=True)
    customer = serializers.IntegerField(source="plant.customer_id", read_only=True, help_text="The plant's company of today.")
    revenue = serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True, help_text="In the group's currency.")
    margin = serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True, allow_null=True)
    local_margin = serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True, allow_null=True)

    class Meta:
        model = SalesLine
        fields = [
            "id", "version", "system", "document", "number", "date", "plant", "customer", "selling_location", "producing_location",
            "product", "kind", "is_intercompany", "quantity", "unit", "net", "currency", "rate", "revenue", "cost", "margin", "local_cost",
            "local_margin", "account_manager", "sector", "area",
        ]  # fmt: skip
        read_only_fields = fields


class SalesLineViewSet(LedgerViewSet):
    """Invoiced and credited lines as they hold now; a correction of the source is a new version of the same line."""

    queryset = SalesLine.objects.current()
    serializer_class = SalesLineSerializer
    filterset_class = SalesLineFilter
    ordering_fields = {"id": "id", "date": "date"}
    ordering = ("-date", "-id")


class MonthSerializer(serializers.Serializer):
    """What was sold in a month."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    quantity = serializers.DecimalField(**AMOUNT)
    net = serializers.DecimalField(**AMOUNT, help_text="In the documents' currency.")
    revenue = serializers.DecimalField(**AMOUNT, help_text="In the group's currency.")


class MonthCostSerializer(serializers.Serializer):
    """What it cost in a month, in the group's currency."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    amount = serializers.DecimalField(**AMOUNT)


def _text(value: Any) -> str:
    return f"{value or 0:.6f}"


class SalesTotalSerializer(RecordSerializer):
    """A year of everything that is told apart; its months stand in it, those without a sale left out."""

    cost_fields = ("costs",)
    local_cost_fields = ("local_costs",)
    months = serializers.SerializerMethodField()
    costs = serializers.SerializerMethodField()
    local_costs = serializers.SerializerMethodField()

    class Meta:
        model = SalesTotal
        fields = [
            "id", "year", "plant", "selling_location", "producing_location", "product", "sector", "area", "account_manager", "currency",
            "kind", "is_intercompany", "unit", "lines", "months", "costs", "local_costs",
        ]  # fmt: skip
        read_only_fields = fields

    @staticmethod
    def _sold(row: SalesTotal) -> Iterable[int]:
        return (month for month in MONTHS if getattr(row, month_column("revenue", month)) is not None)

    def _costs(self, row: SalesTotal, measure: str) -> list[dict[str, Any]]:
        return [{"month": month, "amount": _text(getattr(row, month_column(measure, month)))} for month in self._sold(row)]

    @extend_schema_field(MonthSerializer(many=True))
    def get_months(self, row: SalesTotal) -> list[dict[str, Any]]:
        """Quantity and amounts of each month in which something was sold."""
        return [
            {"month": month} | {name: _text(getattr(row, month_column(name, month))) for name in ("quantity", "net", "revenue")}
            for month in self._sold(row)
        ]

    @extend_schema_field(MonthCostSerializer(many=True))
    def get_costs(self, row: SalesTotal) -> list[dict[str, Any]]:
        """The group's cost of each month."""
        return self._costs(row, "cost")

    @extend_schema_field(MonthCostSerializer(many=True))
    def get_local_costs(self, row: SalesTotal) -> list[dict[str, Any]]:
        """The cost of the selling location of each month."""
        return self._costs(row, "local_cost")


class FiguresSerializer(serializers.Serializer):
    """Sales of some months; what is not known or not to be read is null."""

    quantity = serializers.DecimalField(**AMOUNT, allow_null=True, help_text="Null where there are several units.")
    revenue = serializers.DecimalField(**AMOUNT)
    cost = serializers.DecimalField(**AMOUNT, allow_null=True)
    margin = serializers.DecimalField(**AMOUNT, allow_null=True)
    local_cost = serializers.DecimalField(**AMOUNT, allow_null=True)
    local_margin = serializers.DecimalField(**AMOUNT, allow_null=True)


class SummaryRowSerializer(serializers.Serializer):
    """One key of the dimension, this year beside the year before."""

    key = serializers.CharField(allow_null=True, help_text="The key of the record, or the value; null where there is none.")
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    now = FiguresSerializer(help_text="The months compared, of the year asked for.")
    before = FiguresSerializer(help_text="The same months of the year before.")
    running = FiguresSerializer(allow_null=True, help_text="The running month so far; null where none stands apart.")


class SummarySerializer(serializers.Serializer):
    """Sales by one dimension, the largest first: whole months of two years beside each other, the running month apart."""

    first_month = serializers.IntegerField(help_text="The first month that is compared.")
    last_month = serializers.IntegerField(help_text="The last month that is compared.")
    running_month = serializers.IntegerField(allow_null=True, help_text="The month that stands apart because it is not over.")
    results = SummaryRowSerializer(many=True)


BY = ("month", *DIMENSIONS)
NARROWING = frozenset(SalesFilter.parameters())
LATEST_YEAR = 2199


class SalesTotalViewSet(LedgerViewSet):
    """Totals of the ledger, always equal to its lines: a row is a year of what is told apart."""

    queryset = SalesTotal.objects.filter(lines__gt=0)
    serializer_class = SalesTotalSerializer
    filterset_class = SalesTotalFilter
    ordering_fields = {"id": "id", "year": "year"}
    ordering = ("id",)

    @extend_schema(
        summary="Sum up sales by one dimension",
        parameters=[
            OpenApiParameter("by", enum=BY, description="What to sum up by; customer unless told."),
            OpenApiParameter("year", int, description="The year; the running one unless told."),
            OpenApiParameter("first_month", int, description="The first month, 1 unless told."),
            OpenApiParameter("last_month", int, description="The last month; 12 or, of the running year, this month."),
            *(OpenApiParameter(name, description=f"Only of this: {name}, as in the list.") for name in sorted(NARROWING)),
        ],
        responses=SummarySerializer,
        filters=False,
    )
    @action(detail=False, filter_backends=[], pagination_class=None)
    def summary(self, request: Request) -> Response:
        """Sales of the months of a year beside the same months of the year before; goods to third parties unless the filters say otherwise.

        Whole months are compared: where the running month is among those asked for it stands apart in `running`. By month each
        row is a month of both years. The filters are those of the screen, and every rule of the screen holds.
        """
        check_parameters(request, {"by", "year", "first_month", "last_month", *NARROWING})
        asked = request.query_params
        today = clock.today()
        errors: dict[str, list[ErrorDetail]] = {}
        number = _numbers(asked, errors)
        year = number("year", today.year, 1990, LATEST_YEAR)
        last_month = number("last_month", today.month if year == today.year else 12, 1, 12)
        first_month = number("first_month", 1, 1, 12)
        by = asked.get("by", "customer")
        narrowed = SalesFilter(asked, request=request)
        if by not in BY:
            errors["by"] = [ErrorDetail(_("There is no dimension of this name."), "invalid_choice")]
        if not narrowed.is_valid():
            errors |= {
                name: [ErrorDetail(fault.messages[0], fault.code or "invalid") for fault in found.as_data()]
                for name, found in narrowed.errors.items()
            }
        if not errors and last_month < first_month:
            errors["last_month"] = [ErrorDetail(_("The last month lies before the first."), "invalid")]
        if errors:
            raise ValidationError(errors)
        question = Question(year, first_month, last_month, *narrowed.counted(COUNTED), narrowed.only())
        compared = question.like_with_like()
        if by == "month":
            rows = [row for row in sales_by_month(question, request.user) if row.key in question.months]
        else:
            rows = sales_by(by, compared, request.user)
        apart = compared.running and by != "month"
        results = [
            {"key": row.key, "label": row.label, "now": row.now, "before": row.before, "running": row.running if apart else None}
            for row in rows
        ]
        told = {"first_month": first_month, "last_month": compared.last_month, "running_month": compared.running or None}
        return Response(SummarySerializer(told | {"results": results}).data)


def _numbers(asked: Any, errors: dict[str, list[ErrorDetail]]) -> Callable[[str, int, int, int], int]:
    """A reader of whole numbers between bounds that notes what it could not read."""

    def number(name: str, default: int, lowest: int, highest: int) -> int:
        text = asked.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 9 and lowest <= int(text) <= highest):
            message = _("Write a whole number from %(lowest)s to %(highest)s.") % {"lowest": lowest, "highest": highest}
            errors[name] = [ErrorDetail(message, "invalid")]
            return default
        return int(text)

    return number
