"""Contacts: the people at our customers."""

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.access import access_of
from accounts.models.customers import Customer
from accounts.models.plants import Plant
from kam.core.history import tracked
from kam.core.plain import search_index, search_text, sort_index
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class ContactQuerySet(ScopedQuerySet):
    """Contacts: seen with their plant, or with the company where they belong to no plant."""

    def visible_to(self, user: Any) -> Self:
        return access_of(user).reading.of(self)

    def permitted(self, user: Any, verb: str) -> Self:
        return access_of(user).scope(verb).of(self)

    def for_list(self) -> Self:
        return self.select_related("customer", "plant")


@tracked(
    exclude=("search_text",),
    erasable=(
        *("first_name", "last_name", "email", "phone", "mobile"),
        *("function", "legal_basis", "decision_role", "relationship"),
    ),
)
class Contact(Record):
    """A person at a customer: what they do there, what they decide and how well we know them."""

    class DecisionRole(models.TextChoices):
        DECIDER = "decider", _("Decides")
        INFLUENCER = "influencer", _("Influences")
        USER = "user", _("Uses")
        GATEKEEPER = "gatekeeper", _("Gatekeeper")
        BLOCKER = "blocker", _("Opposes")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="contacts")
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("plant"), related_name="contacts"
    )
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80)
    function = models.CharField(_("function"), max_length=120, blank=True)
    decision_role = models.CharField(_("role in decisions"), max_length=12, choices=DecisionRole.choices, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("it", "Italiano"), ("en", "English"), ("de", "Deutsch")], default="en"
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    legal_basis = models.CharField(_("legal basis of the data"), max_length=120, blank=True)
    relationship = models.PositiveSmallIntegerField(
        _("strength of the relationship"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    is_active = models.BooleanField(_("active"), default=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    search_text = search_text("first_name", "last_name", "email", "function")

    objects = ContactQuerySet.as_manager()
    choices_url = "/contacts/choices/"

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["last_name", "first_name", "pk"]
        indexes = [search_index("accounts_contact_search"), sort_index("accounts_contact_name", "last_name")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(relationship__isnull=True) | models.Q(relationship__range=(1, 5)),
                name="accounts_contact_relationship_1_to_5",
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_absolute_url(self) -> str:
        """The contact's page."""
        return f"/contacts/{self.pk}/"
