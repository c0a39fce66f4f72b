"""The demonstration's transfers: a customer's plant that passed from Germany to Italy, and one that passes in some weeks."""

from accounts.models import Location, Plant
from catalog.actions import carry_out_transfer, plan_transfer
from catalog.models import Transfer
from kam.demo import stage
from kam.demo.organisation import person
from kam.demo.prices import approved
from kam.demo.trade import buyers
from orders.models import PriceAgreement

SOURCE, TARGET = "DE", "IT"
#: When each is planned, and the day on which the plant passes.
PLANNED = ((-34, -20), (-6, 40))
WHY = "Le ruote dentate per questo stabilimento si producono in Italia: un solo interlocutore e una sola spedizione."


def make() -> None:
    """Two of the smallest plants that Germany serves outside its country: one has passed with its prices, the other is prepared."""
    ours = {one.code: one for one in Location.objects.filter(code__in=(SOURCE, TARGET))}
    codes = [
        one.plant
        for one in sorted(buyers(), key=lambda buyer: (buyer.monthly, buyer.plant))
        if one.location == SOURCE and one.country != SOURCE and not one.is_global and one.last_day == stage.day(0)
    ]
    free = Plant.objects.filter(code__in=codes, customer__approves_site=False, closed_on=None).select_related("customer")
    plants = sorted(free, key=lambda plant: codes.index(plant.code))
    actor = person("sales.manager")
    for (planned, passes), plant in zip(PLANNED, plants, strict=False):
        with stage.at(planned):
            transfer = plan_transfer(
                Transfer, actor=actor, reason=WHY, plant=plant, source=ours[SOURCE], target=ours[TARGET],
                day=stage.day(passes), manager=person("area.manager.it"),
            )  # fmt: skip
        if passes <= 0:
            with stage.at(planned + 3):
                for draft in PriceAgreement.objects.filter(
                    plant=plant, location=ours[TARGET], status=PriceAgreement.Status.DRAFT
                ):
                    approved(draft, plant.customer)
            with stage.at(passes):
                carry_out_transfer(transfer, actor=actor)
