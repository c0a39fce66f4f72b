"""What was found on a piece in repair, and whether it is within warranty: only the verbs of diagnosis write it (domain 7.2, 7.4)."""

from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def person(label: Any) -> Any:
    """Somebody of ours who did something; nobody yet."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=label, related_name="+"
    )


def moment(label: Any) -> Any:
    """When something was done; not yet."""
    return models.DateTimeField(label, null=True, editable=False)


class Found(models.Model):
    """The diagnosis of a piece and the decision on its warranty."""

    class Fault(models.TextChoices):
        LEAK = "leak", pgettext_lazy("fault", "Leak")
        NOISE = "noise", pgettext_lazy("fault", "Noise or vibration")
        BLOCKED = "blocked", pgettext_lazy("fault", "Blocked or seized")
        BROKEN = "broken", pgettext_lazy("fault", "Broken or cracked")
        WORN = "worn", pgettext_lazy("fault", "Worn")
        ELECTRICAL = "electrical", pgettext_lazy("fault", "Electrical")
        ACCURACY = "accuracy", pgettext_lazy("fault", "Accuracy or play")
        OTHER = "other", pgettext_lazy("fault", "Other fault")
        NONE = "none", pgettext_lazy("fault", "No fault found")

    class Cause(models.TextChoices):
        MATERIAL = "material", pgettext_lazy("cause", "Material")
        MANUFACTURE = "manufacture", pgettext_lazy("cause", "Manufacture or assembly")
        DESIGN = "design", pgettext_lazy("cause", "Design")
        TRANSPORT = "transport", pgettext_lazy("cause", "Transport")
        MISUSE = "misuse", pgettext_lazy("cause", "Misuse or wrong mounting")
        TAMPERING = "tampering", pgettext_lazy("cause", "Opened or altered by others")
        WEAR = "wear", pgettext_lazy("cause", "Ordinary wear")
        UNKNOWN = "unknown", pgettext_lazy("cause", "Not known")

    class Responsible(models.TextChoices):
        OURS = "ours", pgettext_lazy("responsibility", "Ours")
        SUPPLIER = "supplier", pgettext_lazy("responsibility", "Supplier")
        CARRIER = "carrier", pgettext_lazy("responsibility", "Carrier")
        CUSTOMER = "customer", pgettext_lazy("responsibility", "Customer")
        OPEN = "open", pgettext_lazy("responsibility", "Open")

    class Warranty(models.TextChoices):
        OPEN = "open", pgettext_lazy("warranty", "Not decided")
        WITHIN = "within", pgettext_lazy("warranty", "Within warranty")
        LATE = "late", pgettext_lazy("warranty", "Out of warranty")
        EXCLUDED = "excluded", pgettext_lazy("warranty", "Excluded from warranty")

    fault_code = models.CharField(_("fault found"), max_length=10, choices=Fault.choices, blank=True, editable=False)
    cause_code = models.CharField(_("cause"), max_length=11, choices=Cause.choices, blank=True, editable=False)
    responsible = models.CharField(_("responsibility"), max_length=8, choices=Responsible.choices, blank=True, editable=False)
    findings = models.TextField(_("findings in the customer's language"), max_length=4000, blank=True, editable=False)
    hours_needed = models.DecimalField(
        _("hours needed"), max_digits=7, decimal_places=2, null=True, editable=False, validators=[MinValueValidator(0)]
    )
    parts_needed = models.TextField(_("parts needed"), max_length=2000, blank=True, editable=False)
    diagnosed_at = moment(_("diagnosed"))
    diagnosed_by = person(_("diagnosed by"))
    warranty = models.CharField(_("warranty"), max_length=8, choices=Warranty.choices, default=Warranty.OPEN, editable=False)
    warranty_from = models.DateField(_("warranty from"), null=True, editable=False)
    warranty_months = models.PositiveSmallIntegerField(_("months of warranty"), null=True, editable=False)
    warranty_until = models.DateField(_("warranty until"), null=True, editable=False)
    warranty_decided_at = moment(_("warranty decided"))
    warranty_decided_by = person(_("warranty decided by"))

    class Meta:
        abstract = True

    @property
    def no_fault(self) -> bool:
        """Whether nothing was found on it."""
        return self.fault_code == self.Fault.NONE


#: What of a piece only the diagnosis and the decision on warranty write.
FINDINGS = tuple(field.name for field in Found._meta.local_fields)
