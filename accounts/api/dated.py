"""What the endpoints of dated rows share: their first and last day, and the verb that ends them."""

from kam.core.api import RecordSerializer, SensibleDateField, VerbSerializer

IDENTITY = ["id", "version", "created_at", "updated_at"]


class DatedSerializer(RecordSerializer):
    """A row that holds from a day to a day, both included; null is open."""

    first_day = SensibleDateField(required=False, allow_null=True, help_text="The first day; left out: today.")
    last_day = SensibleDateField(required=False, allow_null=True, help_text="The last day; null: open.")


class EndSerializer(VerbSerializer):
    """After which day it ends; without one at once."""

    last_day = SensibleDateField(required=False, allow_null=True)
