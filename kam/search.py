"""ROOF: the search over everything that a person sees, accents and typing errors forgiven; what can be found is a table.

The rows are the reader's before anything is ranked, limited or suggested: a term that occurs only in foreign rows is
answered exactly like one that occurs nowhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, FloatField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kam.core.characters import HIDDEN, as_kept
from kam.core.codes import has_code
from kam.core.plain import Plain
from kam.core.rest.access import activate_language
from kam.core.rest.listing import check_parameters
from kam.core.views.base import Page
from kam.navigation import AREAS, CREATE, Link, visible

LONGEST = 100
SHORTEST = 2
IN_PALETTE, ON_PAGE = 5, 25


@dataclass(frozen=True)
class Search:
    """One kind of record that can be found: where its text stands, what is said beside its name, what is left out.

    `detail` are paths to the grey words; `text` is looked in instead of `search_text`; `coded` looks in the codes of other
    systems too. A kind with `numbers` is found by these columns as a whole and by nothing else: among millions of numbers
    those that look alike say nothing. `title` and `address` are what is said of a hit and where it leads, where that is not the
    row itself: rows that lead to the same place are one hit.
    """

    kind: str
    label: Any
    icon: str
    model: str
    detail: tuple[str, ...] = ()
    text: Any = None
    coded: bool = False
    numbers: tuple[str, ...] = ()
    title: str = ""
    address: str = ""
    only: Q = Q()

    @property
    def rows(self) -> Any:
        """Every row of the kind; never shown without a reader's scope."""
        return apps.get_model(self.model)._default_manager.filter(self.only)


SEARCHES: tuple[Search, ...] = (
    Search(
        "customer", _("Customers"), "factory", "accounts.Customer", ("code", "city"), coded=True, only=Q(merged_into__isnull=True)
    ),
    Search("group", _("Groups and global accounts"), "globe", "accounts.CustomerGroup", ("code",), coded=True),
    Search("plant", _("Plants"), "map-pin", "accounts.Plant", ("customer.name", "city"), coded=True),
    Search(
        "contact", _("Contacts"), "contact", "accounts.Contact", ("function", "customer.name"), only=Q(erased_at__isnull=True)
    ),
    Search("activity", _("Activities"), "calendar-days", "accounts.Activity", ("customer.name", "owner")),
    Search("product", _("Products"), "cog", "catalog.Product", ("code",), coded=True),
    Search("drawing", _("Drawings"), "ruler", "catalog.ProductRevision", ("drawing_number", "product.name")),
    Search("item", _("Customer items"), "package", "catalog.CustomerItem", ("customer.name", "product.code")),
    Search("programme", _("Programmes"), "milestone", "catalog.Programme", ("customer.name",)),
    Search("transfer", _("Transfers"), "arrow-right-left", "catalog.Transfer", ("source", "target")),
    Search("agreement", _("Price agreements"), "handshake", "orders.PriceAgreement", ("reference",)),
    Search("campaign", _("Price campaigns"), "megaphone", "orders.PriceCampaign", ("title",)),
    Search("offer", _("Offers"), "file-text", "orders.Offer", ("subject", "plant.customer.name")),
    Search("order", _("Orders"), "clipboard-list", "orders.Order", ("customer_reference", "plant.customer.name")),
    Search("negotiation", _("Negotiations"), "messages-square", "orders.Negotiation", ("holder",)),
    Search("development", _("Development requests"), "flask-conical", "orders.DevelopmentRequest", ("customer.name",)),
    Search("complaint", _("Complaints"), "message-square-warning", "complaints.Complaint", ("plant.customer.name", "product")),
    Search("repair", _("Repairs"), "wrench", "complaints.Repair", ("plant.customer.name", "customer_reference")),
    Search("repair_piece", _("Pieces in repair"), "package-search", "complaints.RepairPiece", ("repair", "known_serial")),
    Search(
        "serial",
        _("Histories of serial numbers"),
        "scan-barcode",
        "complaints.RepairPiece",
        ("product", "repair.plant.customer.name"),
        numbers=("serial", "serial_found"),
        title="known_serial",
        address="serial_address",
    ),
    Search("sales_document", _("Sales documents"), "receipt-text", "orders.SalesDocument", ("system",), numbers=("number",)),
    Search(
        "person",
        _("People"),
        "users",
        "accounts.User",
        ("email",),
        text=Plain(Concat("first_name", Value(" "), "last_name", Value(" "), "email", output_field=TextField())),
        only=Q(is_active=True),
    ),
)


@dataclass(frozen=True)
class Hit:
    """Something that was found."""

    kind: str
    key: int
    title: str
    detail: str
    address: str
    icon: str
    score: float


@dataclass(frozen=True)
class Found:
    """What was found of one kind, the best first."""

    search: Search
    hits: list[Hit]


def looked_up(text: str) -> str:
    """What is looked for: one line, nothing while it is too short. It is kept nowhere, so that hidden characters are passed over."""
    text = " ".join(HIDDEN.sub("", as_kept(text)).split())[:LONGEST]
    return text if len(text) >= SHORTEST else ""


def ranked(search: Search, reader: Any, text: str) -> QuerySet:
    """The reader's rows of one kind that fit: the code exactly, every word, then words that sound alike."""
    rows = search.rows.visible_to(reader)
    rows = rows.for_list() if hasattr(rows, "for_list") else rows
    if search.numbers:
        whole = reduce(or_, (Q(**{f"{column}__iexact": text}) for column in search.numbers))
        return rows.filter(whole).annotate(score=Value(3.0)).order_by("pk")
    needle: Any = Plain(Value(text))
    if search.text is not None:
        rows = rows.alias(searched=search.text)
    where = "search_text" if search.text is None else "searched"
    every = Q()
    for word in text.split()[:10]:
        every &= Q(**{f"{where}__contains": Plain(Value(word))})
    coded = has_code(rows.model)(text) if search.coded else Q(pk__in=[])
    near = TrigramWordSimilarity(needle, where)
    score = Case(When(coded, then=Value(3.0)), When(every, then=near + Value(1.0)), default=near, output_field=FloatField())
    fits = coded | every | Q(**{f"{where}__trigram_word_similar": needle})
    return rows.filter(fits).annotate(score=score).order_by("-score", "pk")


def search_everything(reader: Any, text: str, *, limit: int, kinds: frozenset[str] = frozenset()) -> list[Found]:
    """What a person finds by a text, kind by kind; the kind of the best hit first."""
    text = looked_up(text)
    if not text:
        return []
    found = [
        Found(search, _once(_hit(search, row) for row in ranked(search, reader, text)[:limit]))
        for search in SEARCHES
        if not kinds or search.kind in kinds
    ]
    return sorted((one for one in found if one.hits), key=lambda one: -one.hits[0].score)


def _hit(search: Search, row: Any) -> Hit:
    words = [word for word in (_follow(row, path) for path in search.detail) if word]
    title = _follow(row, search.title) if search.title else str(row)
    address = _follow(row, search.address) if search.address else row.get_absolute_url()
    return Hit(search.kind, row.pk, title, " · ".join(words), address, search.icon, round(float(row.score), 3))


def _once(hits: Iterable[Hit]) -> list[Hit]:
    """Each place once, the first that leads there."""
    return list({hit.address: hit for hit in reversed(list(hits))}.values())[::-1]


def _follow(row: Any, path: str) -> str:
    for name in path.split("."):
        row = getattr(row, name, None)
    return str(row or "")


def commands(reader: Any, text: str) -> Iterator[Link]:
    """The pages and things to create whose name holds the text."""
    text = looked_up(text).casefold()
    if text:
        links = [*(link for area in AREAS for link in visible(area.entries, reader, "")), *visible(CREATE, reader, "")]
        yield from (link for link in links if text in str(link.label).casefold())


class SearchPage(Page):
    """The search as a page, and what the palette shows while one types."""

    title = _("Search")
    template_name = "search.html"

    def context(self) -> dict[str, Any]:
        text = self.request.GET.get("q", "")
        palette = self.partial
        found = search_everything(self.reader, text, limit=IN_PALETTE if palette else ON_PAGE)
        asked = looked_up(text)
        return super().context() | {"q": asked, "found": found, "commands": [] if palette else list(commands(self.reader, text))}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, "search_found.html" if self.partial else self.template_name, self.context())


class HitSerializer(serializers.Serializer):
    """Something that was found."""

    kind = serializers.ChoiceField(choices=[search.kind for search in SEARCHES])
    id = serializers.IntegerField(source="key")
    title = serializers.CharField()
    detail = serializers.CharField()
    address = serializers.CharField(help_text="The page of the record.")
    score = serializers.FloatField(help_text="3 the code exactly, 1 to 2 every word, below 1 alike.")


class HitsSerializer(serializers.Serializer):
    """What was found, the best first within its kind."""

    results = HitSerializer(many=True)


class SearchView(APIView):
    """Search everything that you see: customers, groups, plants, contacts, products, negotiations, offers, orders, sales documents and people."""

    @extend_schema(
        summary="Search everything that you see",
        operation_id="search",
        parameters=[
            OpenApiParameter(
                "q", required=True, description="What to look for, from 2 to 100 characters; typing errors are forgiven."
            ),
            OpenApiParameter("kind", enum=[search.kind for search in SEARCHES], description="Only this kind."),
        ],
        responses=HitsSerializer,
    )
    def get(self, request: Request) -> Response:
        """The hits of all kinds, at most 25 of each."""
        activate_language(request)
        check_parameters(request, {"q", "kind"})
        text, kind = request.query_params.get("q", ""), request.query_params.get("kind", "")
        errors = {}
        if not looked_up(text) or len(text) > LONGEST:
            errors["q"] = [ErrorDetail(str(_("Write from 2 to 100 characters.")), "invalid")]
        if kind and kind not in {search.kind for search in SEARCHES}:
            errors["kind"] = [ErrorDetail(str(_("There is no kind of this name.")), "invalid_choice")]
        if errors:
            raise ValidationError(errors)
        found = search_everything(request.user, text, limit=ON_PAGE, kinds=frozenset([kind]) if kind else frozenset())
        hits = [hit for one in found for hit in one.hits]
        return Response(HitsSerializer({"results": hits}).data, headers={"Cache-Control": "private, no-store"})
