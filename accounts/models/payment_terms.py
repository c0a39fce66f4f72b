"""Payment terms: after how many days, from the invoice or from the end of its month, an amount is due, whole or in instalments."""

from datetime import date, timedelta
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.money import allocate, minor_unit
from kam.core.periods import end_of_month, months_later
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.words import Translated

MONTH = 30


class PaymentTermQuerySet(SharedQuerySet):
    """Payment terms: everybody looks them up."""

    def named(self, code: str) -> "PaymentTerm | None":
        """The term of a code, as customers and agreements carry it; None where nobody has recorded what the code means."""
        return self.filter(code=code).first() if code else None  # type: ignore[return-value]


@tracked()
class PaymentTerm(Record, Translated):
    """A payment term by its code: the Italian ones go to the end of the month after the days (d.f.f.m.), or before them."""

    class MonthEnd(models.TextChoices):
        NONE = "none", _("Not to the end of the month")
        AFTER = "after", _("After the days, to the end of the month (d.f.f.m.)")
        BEFORE = "before", _("First to the end of the month, then the days")

    code = models.CharField(_("code"), max_length=4, unique=True)
    days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(720)]),
        verbose_name=_("days"),
        help_text=_("After the invoice; several, as in 30, 60, 90, are instalments of the same amount."),
    )
    month_end = models.CharField(_("end of month"), max_length=6, choices=MonthEnd.choices, default=MonthEnd.NONE)
    extra_days = models.PositiveSmallIntegerField(
        _("days beyond the end of the month"), default=0, validators=[MaxValueValidator(60)]
    )
    commercial = models.BooleanField(
        _("thirty days are a month"),
        default=False,
        help_text=_("31 January and 30 days is then the last of February."),
    )

    objects = PaymentTermQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("payment term")
        verbose_name_plural = _("payment terms")
        ordering = ["code", "pk"]
        constraints = [
            models.CheckConstraint(name="accounts_paymentterm_days", condition=Q(days__len__gte=1) & Q(days__len__lte=12)),
            models.CheckConstraint(name="accounts_paymentterm_extra_days", condition=~Q(month_end="none") | Q(extra_days=0)),
        ]

    def get_absolute_url(self) -> str:
        """The term's page."""
        return f"/payment-terms/{self.pk}/"

    @property
    def days_text(self) -> str:
        """The days as one says them: 30/60/90."""
        return "/".join(map(str, self.days))

    def due_days(self, invoiced: date) -> list[date]:
        """The days on which the instalments of an invoice are due (AT-38)."""
        begin = end_of_month(invoiced) if self.month_end == self.MonthEnd.BEFORE else invoiced
        found = []
        for days in self.days:
            due = self._later(begin, days)
            if self.month_end == self.MonthEnd.AFTER:
                due = end_of_month(due)
            found.append(due + timedelta(days=self.extra_days))
        return found

    def due(self, invoiced: date, amount: Decimal, currency: str) -> list[tuple[date, Decimal]]:
        """The same with what is due on each: equal parts that add up to the amount."""
        days = self.due_days(invoiced)
        return list(zip(days, allocate(amount, [1] * len(days), minor_unit(currency)), strict=True))

    def _later(self, day: date, days: int) -> date:
        if not self.commercial:
            return day + timedelta(days=days)
        return months_later(day, days // MONTH) + timedelta(days=days % MONTH)
