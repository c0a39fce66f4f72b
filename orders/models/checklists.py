"""The questions of the contract review as data: editions, and the questions of each with their function and classes (domain 5.4)."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.words import reader_language

#: Who may be asked for an opinion on what a customer ordered.
REVIEWERS = (
    Role.BACK_OFFICE,
    Role.ACCOUNT_MANAGER,
    Role.AREA_MANAGER,
    Role.TECHNICAL,
    Role.QUALITY,
    Role.PRODUCTION,
    Role.LOGISTICS,
    Role.FINANCE,
    Role.SALES_MANAGER,
    Role.MANAGEMENT,
)
#: The question whose yes, with its evidence, says that the clause against re-export stands in the contract.
CLAUSE_QUESTION = "export_clause"
FUNCTION_CHOICES = [(role.value, role.label) for role in REVIEWERS]

#: What is compared between an order and what was offered or agreed (domain 5.5), by its code.
COMPARED = {
    "currency": _("Currency"),
    "payment": _("Payment"),
    "incoterms": _("Incoterms"),
    "certificates": _("Certificates"),
    "terms": _("General terms"),
    "item": _("Product"),
    "customer_part": _("Customer part number"),
    "revision": _("Revision of the drawing"),
    "quantity": _("Quantity"),
    "price": _("Price"),
    "date": _("Date of dispatch"),
    "minimum": _("Minimum quantity"),
    "pack": _("Pack multiple"),
}
#: With what it is compared, by its code; whatever else stands there is the number of a document.
BASES = {
    "terms": _("Customer's terms"),
    "item": _("Customer item"),
    "revision": _("Agreed revision"),
    "offer": _("Offer"),
    "product": _("Product"),
    "lead_time": _("Standard lead time"),
}


def basis_name(basis: str) -> str:
    """With what something is compared, in the reader's language: one of these, else the number of a document."""
    return str(BASES.get(basis, basis))


class ReviewClass(models.TextChoices):
    """How much there is to look at (domain 5.1)."""

    REPETITIVE = "A", _("A, repetitive")
    VARIED = "B", _("B, with variations")
    SPECIAL = "C", _("C, new or special")


class ReviewChecklistQuerySet(SharedQuerySet):
    """Editions of the checklist; everybody reads them."""

    def for_list(self) -> Self:
        return self.select_related("published_by").prefetch_related("questions")


@tracked()
class ReviewChecklist(Record):
    """An edition of the checklist; a review keeps the one that it was opened with."""

    edition = models.PositiveSmallIntegerField(_("edition"), unique=True, editable=False)
    published_at = models.DateTimeField(_("published"), editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("published by"),
        related_name="+",
    )
    why = models.CharField(_("what changed"), max_length=400, blank=True)

    objects = ReviewChecklistQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("review checklist")
        verbose_name_plural = _("review checklists")
        ordering = ["-edition"]
        indexes = [models.Index(fields=["updated_at", "id"], name="orders_checklist_by_change")]

    def __str__(self) -> str:
        return str(_("Checklist, edition %(edition)s") % {"edition": self.edition})

    def get_absolute_url(self) -> str:
        """The page of the edition."""
        return f"/review-checklists/{self.pk}/"


class ReviewSection(models.TextChoices):
    """The headings of the checklist."""

    IDENTIFICATION = "identification", _("Identification")
    TECHNICAL = "technical", _("Technical")
    QUALITY = "quality", _("Quality")
    STATUTORY = "statutory", _("Statutory")
    CAPACITY = "capacity", _("Capacity")
    LOGISTICS = "logistics", _("Logistics")
    COMMERCIAL = "commercial", _("Commercial")
    LEGAL = "legal", _("Legal")
    FINANCIAL = "financial", _("Financial")
    AFTERWARDS = "afterwards", _("After delivery")
    RISK = "risk", _("Risk")


@tracked()
class ReviewQuestion(Record):
    """A question of an edition: who answers it, for reviews of which classes; one on safety or statute bears no condition."""

    checklist = models.ForeignKey(
        ReviewChecklist, on_delete=models.CASCADE, verbose_name=_("review checklist"), related_name="questions"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    code = models.SlugField(_("code in KAM"), max_length=24, blank=True, help_text=_("Where a check reads the answer."))
    section = models.CharField(_("section"), max_length=16, choices=ReviewSection.choices)
    function = models.CharField(_("function"), max_length=20, choices=FUNCTION_CHOICES)
    classes = ArrayField(models.CharField(max_length=1, choices=ReviewClass.choices), verbose_name=_("classes"))
    statutory = models.BooleanField(_("on safety or statute"), default=False)
    text_it = models.CharField(_("question in Italian"), max_length=300, blank=True)
    text_en = models.CharField(_("question in English"), max_length=300)
    text_de = models.CharField(_("question in German"), max_length=300, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("question of a review")
        verbose_name_plural = _("questions of reviews")
        ordering = ["checklist", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "position"], name="orders_question_position_once"),
            models.CheckConstraint(name="orders_question_for_a_class", condition=models.Q(classes__len__gt=0)),
        ]

    def __str__(self) -> str:
        return self.text

    def in_language(self, language: str) -> str:
        """The question in a language; English where it was not translated."""
        return str(getattr(self, f"text_{language}", "") or self.text_en)

    @property
    def text(self) -> str:
        """The question in the reader's language."""
        return self.in_language(reader_language())

    def kept(self) -> dict[str, Any]:
        """What another edition takes over of it."""
        names = ("code", "section", "function", "classes", "statutory", "text_it", "text_en", "text_de")
        return {name: getattr(self, name) for name in names}
