"""The form of a market."""

from accounts.models import Market
from kam.core.forms import ModelForm


class MarketForm(ModelForm):
    """An area with its countries, or a sector."""

    class Meta:
        model = Market
        fields = ["code", "dimension", "name_en", "name_it", "name_de", "countries"]

    def validate_unique(self) -> None:
        """The action refuses a code that is taken."""
