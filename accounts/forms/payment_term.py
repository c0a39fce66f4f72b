"""The form of a payment term."""

from accounts.models import PaymentTerm
from kam.core.forms import ModelForm


class PaymentTermForm(ModelForm):
    """A code, what it means, and when it is due."""

    class Meta:
        model = PaymentTerm
        fields = ["code", "name_en", "name_it", "name_de", "days", "month_end", "extra_days", "commercial"]

    def validate_unique(self) -> None:
        """The action refuses a code that is taken."""
