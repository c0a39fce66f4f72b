"""Customers: the group, the legal entity, and which belonged to which and when."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.access import access_of
from accounts.models.markets import Market
from kam.core.history import tracked
from kam.core.money import base_currency
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.plain import search_index, search_text, sort_index
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow


class CustomerGroupQuerySet(ScopedQuerySet):
    """Customer groups: seen by whoever sees one of their plants; without companies yet, by their account manager."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        if access.sees_all:
            return self
        return self.filter(Q(pk__in=access.group_ids) | Q(pk__in=Customer.objects.visible_to(user).values("group")))

    def detailed_to(self, user: Any) -> Self:
        """The groups whose strategy and documents this person reads: who leads them, and who oversees everything."""
        access = access_of(user)
        return self if access.sees_all else self.filter(pk__in=access.group_ids)

    costs_visible_to = detailed_to

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(pk__in=scope.group_ids)

    def for_list(self) -> Self:
        return self.select_related("sector", "parent")


@tracked(exclude=("search_text",))
class CustomerGroup(Record):
    """A customer group; a global account is a group that one account manager leads across all our locations."""

    class Tier(models.TextChoices):
        A = "A", _("A")
        B = "B", _("B")
        C = "C", _("C")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=160)
    is_global_account = models.BooleanField(_("global account"), default=False)
    tier = models.CharField(_("tier"), max_length=1, choices=Tier.choices, default=Tier.C)
    sector = models.ForeignKey(
        Market, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("sector"), related_name="+"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("parent group"), related_name="children"
    )
    website = models.URLField(_("website"), blank=True)
    profile = models.TextField(_("profile and strategy"), blank=True, max_length=4000)
    search_text = search_text("code", "name")

    objects = CustomerGroupQuerySet.as_manager()
    choices_url = "/customer-groups/choices/"

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering = ["name", "pk"]
        indexes = [search_index("accounts_group_search"), sort_index("accounts_group_name", "name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The group's page; the matrix stands there for a global account."""
        return f"/global-accounts/{self.pk}/" if self.is_global_account else f"/customer-groups/{self.pk}/"


class CustomerQuerySet(ScopedQuerySet):
    """Legal entities: seen by whoever sees one of their plants."""

    def visible_to(self, user: Any) -> Self:
        return self.within(access_of(user).reading.companies)

    def detailed_to(self, user: Any) -> Self:
        """The customers whose commercial data (terms, credit) this person may read: not those seen as a card only."""
        return self.within(access_of(user).details.companies)

    costs_visible_to = detailed_to

    def only_as_cards(self, user: Any) -> Self:
        """The customers of which this person sees the card and not more."""
        access = access_of(user)
        return self.none() if access.sees_all else self.within(access.cards.companies).exclude(access.details.companies.has("pk"))

    def with_detailed(self, user: Any) -> Self:
        """The same rows with `detailed`: whether this person may read the commercial data of each."""
        return self.annotate(detailed=access_of(user).details.companies.mark("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.within(access_of(user).scope(verb).companies)

    def active(self) -> Self:
        """Customers that we may sell to."""
        return self.filter(status=Customer.Status.ACTIVE)

    def for_list(self) -> Self:
        return self.select_related("group", "sector")


def _not_merged(customer: "Customer") -> Denied | None:
    """Why a record that was merged into another one is not opened again."""
    if customer.merged_into_id is None:
        return None
    return Denied("merged", _("This record was merged into another customer. Work on that one."))


@tracked(exclude=("search_text",))
class Customer(Record):
    """A legal entity that buys from us, or might: from prospect to closed."""

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        ACTIVE = "active", _("Active")
        BLOCKED = "blocked", _("Blocked")
        CLOSED = "closed", _("Closed")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("legal name"), max_length=160)
    group = models.ForeignKey(
        CustomerGroup, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("group"), related_name="customers"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PROSPECT)
    status_reason = models.CharField(_("reason of the status"), max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    vat_id = models.CharField(_("VAT number"), max_length=20, blank=True)
    vat_checked_on = models.DateField(_("VAT number checked in VIES on"), null=True, blank=True)
    tax_code = models.CharField(_("tax code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    region = models.CharField(_("province or state"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    language = models.CharField(
        _("language of documents"), max_length=2, choices=[("it", "Italiano"), ("en", "English"), ("de", "Deutsch")], default="en"
    )
    sector = models.ForeignKey(
        Market, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("sector"), related_name="+"
    )
    currency = models.CharField(_("currency"), max_length=3, default=base_currency)
    payment_terms = models.CharField(_("payment terms"), max_length=4, blank=True)
    incoterms = models.CharField(_("Incoterms"), max_length=3, blank=True)
    incoterms_place = models.CharField(_("Incoterms place"), max_length=70, blank=True)
    incoterms_version = models.CharField(
        _("Incoterms version"), max_length=4, blank=True, choices=[("2010", "2010"), ("2020", "2020")]
    )
    credit_limit = models.DecimalField(_("credit limit"), max_digits=14, decimal_places=2, null=True, blank=True)
    credit_limit_until = models.DateField(_("credit limit valid until"), null=True, blank=True)
    approves_site = models.BooleanField(
        _("approves changes of the production site"),
        default=False,
        db_default=False,
        help_text=_("Nothing of this customer moves to another of our locations before its approval is filed."),
    )
    notes = models.TextField(_("notes"), blank=True, max_length=4000)
    search_text = search_text("code", "name", "city", "vat_id")

    objects = CustomerQuerySet.as_manager()
    choices_url = "/customers/choices/"
    workflow = Workflow(
        Transition("accounts.activate_customer", (Status.PROSPECT, Status.CLOSED), Status.ACTIVE, _not_merged),
        Transition("accounts.block_customer", (Status.ACTIVE,), Status.BLOCKED),
        Transition("accounts.unblock_customer", (Status.BLOCKED,), Status.ACTIVE),
        Transition("accounts.close_customer", (Status.PROSPECT, Status.ACTIVE, Status.BLOCKED), Status.CLOSED),
    )
    #: Columns that only those who see the customer's commercial data may read, filter or sort by.
    commercial_fields = (
        "payment_terms",
        "incoterms",
        "incoterms_place",
        "incoterms_version",
        "credit_limit",
        "credit_limit_until",
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "pk"]
        indexes = [
            search_index("accounts_customer_search"),
            sort_index("accounts_customer_name", "name", include=["name", "merged_into"]),
            sort_index("accounts_customer_status_name", "name", within="status", include=["name", "merged_into"]),
            models.Index(fields=["name", "id"], name="accounts_customer_by_name"),
            models.Index(fields=["status", "name", "id"], name="accounts_customer_by_status"),
            models.Index(fields=["country", "city", "id"], name="accounts_customer_by_place"),
            models.Index(fields=["updated_at", "id"], name="accounts_customer_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["vat_id"], condition=~Q(vat_id="") & Q(merged_into__isnull=True), name="accounts_customer_vat_once"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status="closed"), name="accounts_customer_merged_is_closed"
            ),
            models.CheckConstraint(
                condition=~Q(status="blocked") | ~Q(status_reason=""), name="accounts_customer_blocked_says_why"
            ),
            models.CheckConstraint(
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0), name="accounts_customer_credit_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The customer's page."""
        return f"/customers/{self.pk}/"


class GroupMembershipQuerySet(DatedQuerySet, ScopedQuerySet):
    """Which company belonged to which group; seen with the company."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(customer__in=Customer.objects.visible_to(user))


@tracked()
class GroupMembership(Record, Dated):
    """A company belongs to a group for a period; `Customer.group` is the one of today."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="memberships")
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, verbose_name=_("group"), related_name="memberships")

    objects = GroupMembershipQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("group membership")
        verbose_name_plural = _("group memberships")
        ordering = ["-period", "pk"]
        constraints = [never_overlapping("accounts_membership_one_group", "customer")]

    def __str__(self) -> str:
        return f"{self.customer} · {self.group}"
