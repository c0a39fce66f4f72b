"""Forms of customers' workbooks: the file, where its header stands, and what each column takes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.forms import Form
from orders.models import OfferWorkbook

PREFIX = "column_"


class WorkbookForm(Form):
    """The workbook that the customer sent."""

    file = forms.FileField(label=_("Workbook (.xlsx)"))


class HeaderForm(Form):
    """In which sheet and row the headers stand."""

    sheet = forms.ChoiceField(label=_("Sheet"))
    header_row = forms.IntegerField(label=_("Row of the headers"), min_value=1, max_value=5000)

    def __init__(self, *args: Any, sheets: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(name, name) for name in sheets]  # type: ignore[attr-defined]
        del self.fields["version"]


class ColumnsForm(Form):
    """What each column of the sheet takes; the sheet and the row of its headers go with it."""

    sheet = forms.CharField(widget=forms.HiddenInput)
    header_row = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=5000)

    def __init__(self, *args: Any, headers: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column, text in headers.items():
            self.fields[PREFIX + column] = forms.ChoiceField(
                label=f"{column} · {text}" if text else column,
                choices=[("", "–"), *OfferWorkbook.Value.choices],
                required=False,
                widget=forms.Select({"class": "form-select"}),
            )

    def values(self) -> dict[str, Any]:
        """The choices of the columns by their letters."""
        known = super().values()
        columns = {name.removeprefix(PREFIX): value for name, value in known.items() if name.startswith(PREFIX) and value}
        return {name: value for name, value in known.items() if not name.startswith(PREFIX)} | {"columns": columns}
