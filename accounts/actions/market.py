"""Markets: areas and sectors, made and edited."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.location import save_once
from accounts.models import Market
from kam.core.verbs import verb
from kam.core.workflow import Denied

EDITABLE = ("code", "dimension", "name_it", "name_en", "name_de", "countries")


def _checked(market: Market, values: dict[str, Any]) -> bool:
    values = {name: value.strip() for name, value in values.items() if name in EDITABLE}
    if "code" in values:
        values["code"] = values["code"].upper()
    if "countries" in values:
        values["countries"] = " ".join(sorted(set(values["countries"].upper().replace(",", " ").split())))
    changed = [name for name, value in values.items() if getattr(market, name) != value]
    for name in changed:
        setattr(market, name, values[name])
    for name in ("code", "name_en"):
        if not getattr(market, name):
            raise Denied("required", _("Fill in this field."), field=name, status=400)
    if market.dimension not in Market.Dimension.values:
        raise Denied("unknown_dimension", _("Choose area or sector."), field="dimension", status=400)
    if any(len(code) != 2 or not (code.isascii() and code.isalpha()) for code in market.countries.split()):
        raise Denied(
            "unknown_country",
            _("Type two-letter country codes parted by blanks, for example DE AT CH."),
            field="countries",
            status=400,
        )
    if market.countries and market.dimension == Market.Dimension.SECTOR:
        raise Denied("sector_has_no_countries", _("A sector has no countries: leave them empty."), field="countries", status=400)
    _refuse_country_twice(market)
    return bool(changed)


def _refuse_country_twice(market: Market) -> None:
    """A country belongs to one area only, or an area's target would count its sales twice."""
    own = set(market.countries.split())
    for other in Market.objects.filter(dimension=Market.Dimension.AREA).exclude(pk=market.pk) if own else ():
        shared = sorted(own & set(other.countries.split()))
        if shared:
            said = {"countries": ", ".join(shared), "market": other.name}
            raise Denied("country_taken", _("%(countries)s belongs to the area %(market)s already.") % said, field="countries")


def _code_taken(market: Market) -> Denied:
    return Denied("code_taken", _("There is a market %(code)s already.") % {"code": market.code}, field="code")


@verb("accounts.create_market", _("Add market"))
def create_market(model: type[Market], *, actor: Any, reason: str = "", **values: Any) -> Market:
    """Add an area (with its countries) or a sector. Raises Denied for a code or a country that is taken."""
    market = model()
    _checked(market, values)
    save_once(market, _code_taken(market))
    return market


@verb("accounts.edit_market", _("Edit market"))
def edit_market(market: Market, *, actor: Any, reason: str = "", **values: Any) -> Market:
    """Change a market."""
    if _checked(market, values):
        save_once(market, _code_taken(market))
    return market
