"""A small endpoint on markets with actions of its own: what the tests of the API's floor ask and write."""

from typing import Any

import django_filters
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from accounts.models import Market
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, VerbSerializer, verb_action
from kam.core.filters import FilterSet
from kam.core.verbs import verb
from kam.core.workflow import Denied


@verb("tests.create_market", _("Create a market"))
def create_market(market: Any, *, actor: Any, reason: str = "", **values: Any) -> Market:
    """Create a market; its code must be new."""
    if Market.objects.filter(code=values["code"]).exists():
        raise Denied("duplicate_code", _("Choose another code."), field="code")
    for name in ("like", "name", "subject"):
        values.pop(name, None)
    return Market.objects.create(**values)


@verb("tests.edit_market", _("Change a market"))
def edit_market(market: Market, *, actor: Any, reason: str = "", **values: Any) -> Market:
    """Change a market."""
    values.pop("like", None)
    for name, value in values.items():
        setattr(market, name, value)
    market.save()
    return market


@verb("tests.remove_market", _("Remove a market"))
def remove_market(market: Market, *, actor: Any, reason: str = "") -> None:
    """Remove a market."""
    market.delete()


@verb("tests.widen_market", _("Widen a market"))
def widen_market(market: Market, *, actor: Any, reason: str = "", country: str) -> Market:
    """Add a country to a market."""
    if country in market.countries.split():
        raise Denied("already_there", _("The country belongs to it already."), field="country")
    market.countries = f"{market.countries} {country}".strip()
    market.save()
    return market


class MarketFilter(FilterSet):
    """Markets by dimension, code and countries."""

    id = django_filters.RangeFilter()

    class Meta:
        model = Market
        fields = ["dimension", "code", "countries"]


class MarketSerializer(RecordSerializer):
    """A market; `like` refers to another one that the writer may see."""

    like = ScopedPrimaryKeyField(queryset=Market.objects.exclude(code="HIDDEN"), required=False, write_only=True)
    name = serializers.CharField(required=False, write_only=True)
    subject = serializers.CharField(required=False, write_only=True)

    class Meta:
        model = Market
        fields = [
            "id",
            "version",
            "created_at",
            "updated_at",
            "code",
            "dimension",
            "countries",
            "name_it",
            "name_en",
            "name_de",
            "like",
            "name",
            "subject",
        ]


class WideningSerializer(VerbSerializer):
    """Which country."""

    country = serializers.CharField(max_length=2)


class MarketViewSet(RecordViewSet):
    """Markets as the floor's tests see them; one with the code HIDDEN is nobody's."""

    queryset = Market.objects.exclude(code="HIDDEN")
    serializer_class = MarketSerializer
    filterset_class = MarketFilter
    ordering_fields = {"id": "id", "code": "code", "dimension": "dimension", "countries": "countries", "name": "name_en"}
    create_action = create_market
    update_action = "tests.edit_market"
    delete_action = staticmethod(remove_market)
    widen = verb_action("tests.widen_market", WideningSerializer)
    edit_again = verb_action("tests.edit_market")


class ReadOnlyViewSet(RecordViewSet):
    """Markets that nobody writes."""

    queryset = Market.objects.all()
    serializer_class = MarketSerializer


class CostedSerializer(MarketSerializer):
    """Markets whose countries only readers of costs see."""

    cost_fields = ("countries",)


class CostedViewSet(RecordViewSet):
    """Markets in which `countries` stands for a cost, readable in areas and not in sectors."""

    queryset = Market.objects.all()
    serializer_class = CostedSerializer
    filterset_class = MarketFilter
    ordering_fields = ("id", "countries")

    def costs_readable(self, queryset: Any) -> Any:
        return queryset.filter(dimension="area")


class BrokenViewSet(RecordViewSet):
    """An endpoint that fails."""

    queryset = Market.objects.all()
    serializer_class = MarketSerializer

    def get_queryset(self) -> Any:
        raise RuntimeError("secret detail")


router = SimpleRouter()
router.register("places", MarketViewSet, "place")
router.register("read-only", ReadOnlyViewSet, "read_only")
router.register("costed", CostedViewSet, "costed")
router.register("broken", BrokenViewSet, "broken")


urlpatterns = [path("api/v1/", include((router.urls, "floor"))), path("", include("kam.urls"))]
