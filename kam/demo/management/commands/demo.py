"""`manage.py demo`: make the demonstration company in an empty database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from accounts.models import User
from kam.core.notifications import in_app_only
from kam.demo import (
    activities,
    budgets,
    campaigns,
    catalogue,
    complaints,
    consents,
    customers,
    deviations,
    documents,
    erp_lists,
    negotiations,
    offer_mails,
    offers,
    open_items,
    orders,
    organisation,
    price_papers,
    prices,
    received_mails,
    repairs,
    sales,
    stage,
    transfers,
    wrong_prices,
)


class Command(BaseCommand):
    """Make the demonstration company: the same every time, with dates that lie before and after today."""

    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where somebody works already")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("KAM_DEMO=0: a real installation never has the demonstration company.")
        if User.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("The database is not empty. make demo-reset begins anew.")
        stage.begin()
        self.stdout.write("• Making the demonstration company, once:")
        with transaction.atomic(), in_app_only(), translation.override("it"):
            for name, part in (
                ("organisation", organisation),
                ("customers", customers),
                ("activities", activities),
                ("catalogue", catalogue),
                ("sales", sales),
                ("open items", open_items),
                ("prices", prices),
                ("papers about prices", price_papers),
                ("wrong prices", wrong_prices),
                ("campaigns", campaigns),
                ("offers", offers),
                ("mails of offers", offer_mails),
                ("orders", orders),
                ("lists of an ERP", erp_lists),
                ("documents", documents),
                ("consents", consents),
                ("complaints", complaints),
                ("repairs", repairs),
                ("received mails", received_mails),
                ("negotiations", negotiations),
                ("budgets", budgets),
                ("deviations", deviations),
                ("transfers", transfers),
            ):
                part.make()
                stage.measure()
                self.stdout.write(f"  {name}", ending="\n")
            stage.read()
