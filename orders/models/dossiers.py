"""The dossier of a negotiation, confidential to who leads the account, the sales manager, the management and the named team (domain 10.3)."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, access_of
from kam.core.history import tracked
from kam.core.parameters import define, parameter
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.negotiations import Negotiation, led_by, named

#: Who reads dossiers of what they lead or oversee; nobody else does unless they are named, not even whoever audits.
DOSSIER_READERS = frozenset({Role.ACCOUNT_MANAGER, Role.SALES_MANAGER, Role.MANAGEMENT})
#: Who may go below the walk-away price.
BELOW_LIMIT = frozenset({Role.SALES_MANAGER, Role.MANAGEMENT})
SMALL = define(
    "orders.dossier_small_value",
    default=Decimal(100_000),
    label=_("Annual value in the company's currency below which the dossier of a negotiation is one line"),
)
CAPITAL = define(
    "orders.cost_of_capital", default=Decimal(6), unit="%", label=_("Cost of capital a year, for concessions in terms of payment")
)
CENT = Decimal("0.01")


class AroundDossiers(ScopedQuerySet):
    """Dossiers and what stands in them; `path` leads to the negotiation. Whoever is only named reads and does not write."""

    path = "negotiation"

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(DOSSIER_READERS)
        if scope.everything:
            return self
        mine = Negotiation.objects.filter(led_by(scope) | named(user))
        return self.filter(**{f"{self.path}__in": mine.values("pk")})

    def permitted(self, user: Any, verb: str) -> Self:
        return self.visible_to(user).filter(**{f"{self.path}__in": Negotiation.objects.permitted(user, verb).values("pk")})


class NegotiationDossierQuerySet(AroundDossiers):
    """Dossiers."""

    def for_list(self) -> Self:
        return self.select_related(*(f"negotiation__{name}" for name in ("group", "customer", "plant__customer", "owner")))


def reads_dossier(user: Any, negotiation: Negotiation) -> bool:
    """Whether this person would read the dossier of a negotiation."""
    scope = access_of(user).scope_of(DOSSIER_READERS)
    return scope.everything or bool(Negotiation.objects.filter(led_by(scope) | named(user), pk=negotiation.pk).exists())


def price(label: Any) -> Any:
    """A price in the currency of the negotiation."""
    return models.DecimalField(label, max_digits=14, decimal_places=5, null=True, blank=True)


@tracked()
class NegotiationDossier(Record):
    """How a negotiation is prepared and led: interests, alternatives, objective, opening, target and walk-away."""

    negotiation = models.OneToOneField(
        Negotiation, on_delete=models.PROTECT, editable=False, verbose_name=_("negotiation"), related_name="dossier"
    )
    interests = models.TextField(_("people and their interests"), blank=True, max_length=4000)
    our_alternatives = models.TextField(_("our alternatives"), blank=True, max_length=2000)
    their_alternatives = models.TextField(_("their alternatives"), blank=True, max_length=2000)
    objective = models.TextField(_("objective"), blank=True, max_length=2000)
    price_of = models.CharField(_("what the prices are of"), max_length=120, blank=True)
    opening_price = price(_("opening price"))
    opening_terms = models.CharField(_("opening terms"), max_length=300, blank=True)
    target_price = price(_("target price"))
    target_terms = models.CharField(_("target terms"), max_length=300, blank=True)
    walk_away_price = price(_("walk-away price"))
    walk_away_terms = models.CharField(_("walk-away terms"), max_length=300, blank=True)
    their_limit = price(_("what they would pay at most, estimated"))
    agreed_price = price(_("agreed price"))
    outcome = models.CharField(_("outcome"), max_length=400, blank=True)

    objects = NegotiationDossierQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("dossier of a negotiation")
        verbose_name_plural = _("dossiers of negotiations")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="orders_dossier_prices_above_zero",
                condition=(Q(opening_price__isnull=True) | Q(opening_price__gt=0))
                & (Q(target_price__isnull=True) | Q(target_price__gt=0))
                & (Q(walk_away_price__isnull=True) | Q(walk_away_price__gt=0)),
            ),
            models.CheckConstraint(
                name="orders_dossier_limit_below_target",
                condition=Q(walk_away_price__isnull=True)
                | Q(target_price__isnull=True)
                | Q(walk_away_price__lte=F("target_price")),
            ),
        ]

    def __str__(self) -> str:
        return f"{_('Dossier')} {self.negotiation.number}"

    def get_absolute_url(self) -> str:
        """The dossier's page."""
        return f"/negotiation-dossiers/{self.pk}/"

    @property
    def is_small(self) -> bool:
        """Whether one line is enough: target, limit and outcome."""
        return self.negotiation.base_annual_value < parameter(SMALL.key)

    @property
    def bargaining_range(self) -> Decimal | None:
        """How far what they would pay at most lies above our walk-away; below zero there is nothing to agree on."""
        if self.their_limit is None or self.walk_away_price is None:
            return None
        return self.their_limit - self.walk_away_price

    @property
    def realised(self) -> Decimal | None:
        """The agreed price in per cent of the target."""
        if self.agreed_price is None or not self.target_price:
            return None
        return (self.agreed_price / self.target_price * 100).quantize(CENT, ROUND_HALF_UP)


class AroundDossierQuerySet(AroundDossiers):
    """What stands in dossiers."""

    path = "dossier__negotiation"

    def standing(self) -> Self:
        """What was not struck."""
        return self.filter(struck_because="")

    def for_list(self) -> Self:
        return self.select_related("dossier__negotiation")


class DossierEntry(Record):
    """A row of a dossier; a wrong one is corrected or struck with a reason, and stays readable in the history."""

    struck_because = models.CharField(_("struck because"), max_length=300, blank=True, default="", db_default="", editable=False)

    objects = AroundDossierQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = True

    def get_absolute_url(self) -> str:
        """It is read on its dossier's page."""
        return f"/negotiation-dossiers/{self.dossier_id}/"  # type: ignore[attr-defined]


@tracked(beside="dossier", named_by="number")
class NegotiationRound(DossierEntry):
    """One round: when, how, with whom, what each side asked for, and what comes next."""

    class Channel(models.TextChoices):
        MEETING = "meeting", _("Meeting")
        VIDEO = "video", _("Video call")
        CALL = "call", _("Call")
        MAIL = "mail", _("Mail")

    dossier = models.ForeignKey(
        NegotiationDossier, on_delete=models.PROTECT, editable=False, verbose_name=_("dossier"), related_name="rounds"
    )
    number = models.PositiveSmallIntegerField(_("round"), editable=False)
    held_on = models.DateField(_("held on"))
    channel = models.CharField(_("how"), max_length=8, choices=Channel.choices, default=Channel.MEETING)
    participants = models.CharField(_("participants"), max_length=300, blank=True)
    our_price = price(_("our price"))
    our_position = models.CharField(_("our position"), max_length=400, blank=True)
    their_price = price(_("their price"))
    their_position = models.CharField(_("their position"), max_length=400, blank=True)
    minutes = models.TextField(_("minutes"), blank=True, max_length=8000)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)

    class Meta(DossierEntry.Meta):
        abstract = False
        verbose_name = _("round of a negotiation")
        verbose_name_plural = _("rounds of negotiations")
        ordering = ["dossier", "number", "pk"]
        constraints = [models.UniqueConstraint(fields=["dossier", "number"], name="orders_round_number_once")]

    def __str__(self) -> str:
        return f"{self.number} · {self.held_on:%Y-%m-%d}"


@tracked(beside="dossier", named_by="what")
class Concession(DossierEntry):
    """Something that one side gave the other, with its value a year; what we give has something in return or says why not."""

    class Side(models.TextChoices):
        GIVEN = "given", _("Given")
        GOT = "got", _("Got")

    class Kind(models.TextChoices):
        PRICE = "price", _("Price (per cent)")
        PAYMENT = "payment", _("Terms of payment (days)")
        TOOLING = "tooling", _("Tooling (cost, over years)")
        OTHER = "other", _("Other (amount a year)")

    dossier = models.ForeignKey(
        NegotiationDossier, on_delete=models.PROTECT, editable=False, verbose_name=_("dossier"), related_name="concessions"
    )
    round = models.ForeignKey(
        NegotiationRound, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("round"), related_name="concessions"
    )
    side = models.CharField(_("given or got"), max_length=5, choices=Side.choices)
    what = models.CharField(_("what"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    figure = models.DecimalField(_("per cent, days, cost or amount"), max_digits=16, decimal_places=2)
    years = models.PositiveSmallIntegerField(_("over years"), default=1)
    price_after = price(_("price afterwards"))
    in_return_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("in return for"), related_name="answers"
    )
    motivation = models.CharField(_("why without anything in return"), max_length=300, blank=True)
    annual_value = models.DecimalField(_("value a year"), max_digits=18, decimal_places=2, editable=False)

    class Meta(DossierEntry.Meta):
        abstract = False
        verbose_name = _("concession")
        verbose_name_plural = _("concessions")
        ordering = ["dossier", "pk"]
        constraints = [
            models.CheckConstraint(name="orders_concession_worth", condition=Q(figure__gt=0, years__gte=1, annual_value__gte=0)),
            models.CheckConstraint(
                name="orders_concession_answered",
                condition=~Q(side="given") | Q(in_return_for__isnull=False) | ~Q(motivation=""),
            ),
        ]

    def __str__(self) -> str:
        return self.what


def value_a_year(kind: str, figure: Decimal, years: int, annual_value: Decimal) -> Decimal:
    """What a concession is worth a year (domain 10.3): per cent of the value of a year, days of payment at the cost of capital,
    tooling over its years, or the amount itself."""
    match kind:
        case Concession.Kind.PRICE:
            found = annual_value * figure / 100
        case Concession.Kind.PAYMENT:
            found = annual_value / 365 * figure * parameter(CAPITAL.key) / 100
        case Concession.Kind.TOOLING:
            found = figure / years
        case _:
            found = figure
    return Decimal(found).quantize(CENT, ROUND_HALF_UP)
