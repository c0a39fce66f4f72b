"""Words of the libraries that their own Italian or German catalogue lacks: kept and translated with ours."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

#: Named here so that they stand in KAM's catalogues, which go before those of the libraries.
OF_THE_REST_FRAMEWORK = (
    _("A valid biginteger is required."),
    _("Datetime value out of range."),
    _("Ensure this field has at least {min_length} elements."),
    _("Ensure this field has no more than {max_length} elements."),
    _('Enter a valid "slug" consisting of Unicode letters, numbers, underscores, or hyphens.'),
    _('Invalid datetime for the timezone "{timezone}".'),
    _("Invalid input."),
    _("Must be a valid UUID."),
    _("Must be a valid boolean."),
    _("Not a valid string."),
    _("This dictionary may not be empty."),
    ngettext_lazy("Expected available in {wait} second.", "Expected available in {wait} seconds.", "wait"),
)


class MinimumLength(MinimumLengthValidator):
    """Django's check of a password's length, in words that exist in every language of KAM."""

    def get_error_message(self) -> str:
        """What is wanted."""
        words = ngettext(
            "This password is too short. It must contain at least %(count)d character.",
            "This password is too short. It must contain at least %(count)d characters.",
            self.min_length,
        )
        return words % {"count": self.min_length}
