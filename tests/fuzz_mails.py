"""What the fuzz of the API needs of received e-mails: one that nobody has assigned, and whose it is."""

from collections.abc import Callable
from typing import Any

from accounts.models import Plant, User
from tests import fuzz_repairs
from tests.factories.mails import mailed


class Subjects(fuzz_repairs.Subjects):
    """E-mails about complaints of ACME's German plant."""

    def receivedmail(self, verb: str, person: User) -> Any:
        """One that waits."""
        return mailed(plant=self.built.acme_de_plant)


def _plant(_key: int | None) -> dict[str, Any]:
    """It becomes a complaint of the German plant."""
    plant = Plant.objects.filter(customer__code="C-ACME-DE").order_by("pk")[0]
    return {"plant": plant.pk, "use": "complaints", "number": ""}


MAILING: dict[tuple[str, str], Callable[[int | None], dict[str, Any]]] = {("receivedmail", "assign"): _plant}
