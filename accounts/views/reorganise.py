"""Pages of what happens to companies and plants: merged, acquired, sold, closed; each shows first what it touches."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.merge import merge_preview
from accounts.actions.reorganise import acquire_preview, close_preview, sell_preview
from accounts.forms.customer import AcquireForm, CloseForm, MergeForm, SellForm
from accounts.models import Customer, Plant
from accounts.views.preview import PreviewedVerb


class CustomerMerge(PreviewedVerb):
    """Merge a customer into another one."""

    model = Customer
    verb = "accounts.merge_customers"
    form_class = MergeForm
    dangerous = True
    text = _(
        "Everything of this record moves to the customer that stays; the old code goes on being found. This cannot be undone."
    )
    success = _("The records are merged.")

    def preview(self, values: dict[str, Any]) -> list[Any]:
        return merge_preview(self.record, values["into"])

    def next_address(self, result: Any) -> str:
        return result.get_absolute_url()


class CustomerAcquire(PreviewedVerb):
    """Move a company to another group."""

    model = Customer
    verb = "accounts.acquire_company"
    form_class = AcquireForm
    text = _(
        "From this day the company belongs to the new group and is led by whoever leads that; reports of earlier days keep the former group."
    )

    def preview(self, values: dict[str, Any]) -> list[Any]:
        return acquire_preview(self.record, values["group"], values["from_day"])


class PlantSell(PreviewedVerb):
    """Sell a plant to another company."""

    model = Plant
    verb = "accounts.sell_plant"
    form_class = SellForm
    text = _("From this day the plant belongs to the buyer, its people go along; its past stays with the former owner.")

    def preview(self, values: dict[str, Any]) -> list[Any]:
        return sell_preview(self.record, values["to"], values["from_day"])


class PlantClose(PreviewedVerb):
    """Close a plant."""

    model = Plant
    verb = "accounts.close_plant"
    form_class = CloseForm
    dangerous = True
    text = _("From this day nobody serves the plant any more; its people move to the successor, if there is one.")

    def form(self, data: Any = None, files: Any = None) -> Any:
        form = super().form(data, files)
        form.fields["reason"].required = True
        return form

    def preview(self, values: dict[str, Any]) -> list[Any]:
        return close_preview(self.record, values["successor"], values["from_day"])
