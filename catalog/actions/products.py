"""Product families and products: making, changing, launching, phasing out, discontinuing, taking back."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import changed, created, differences, faults, refuse, taken
from catalog.models import Product, ProductFamily, ProductUnit, StandardCost
from kam.core import clock
from kam.core.verbs import verb
from kam.core.workflow import Denied


def _same_code(model: type[Product] | type[ProductFamily], code: str) -> Any:
    return model._default_manager.filter(code__iexact=code)


@verb("catalog.create_family", _("Create product family"))
def create_family(model: type[ProductFamily], *, actor: Any, reason: str = "", **values: Any) -> ProductFamily:
    """Make a family: code, names, the family that it belongs to (none for a product line)."""
    family = ProductFamily(**values)
    return created(family, taken(_same_code(ProductFamily, family.code), "code"))  # type: ignore[no-any-return]


@verb("catalog.edit_family", _("Edit product family"))
def edit_family(family: ProductFamily, *, actor: Any, reason: str = "", **values: Any) -> ProductFamily:
    """Change a family; it cannot belong to itself or to a family below it."""
    parent = values.get("parent")
    circle = None
    if parent is not None and parent.pk in ProductFamily.objects.with_descendants([family.pk]):
        circle = Denied("circle", _("A family cannot belong to itself or to a family below it."), field="parent", status=400)
    same = taken(_same_code(ProductFamily, values.get("code", family.code)), "code", family)
    return changed(family, values, circle, same)  # type: ignore[no-any-return]


@verb("catalog.create_product", _("Create product"))
def create_product(
    model: type[Product], *, actor: Any, reason: str = "", units: Sequence[dict[str, Any]] = (), **values: Any
) -> Product:
    """Make a product in development; `units` are its other units, each with `unit` and `factor` (base units in one)."""
    product = Product(**values)
    wanted = {one["unit"]: one["factor"] for one in units}
    more = [taken(_same_code(Product, product.code), "code"), weights_refusal(product.net_weight, product.gross_weight)]
    more += _unit_faults(product.base_unit, units)
    created(product, *more)
    ProductUnit.objects.bulk_create(ProductUnit(product=product, unit=unit, factor=factor) for unit, factor in wanted.items())
    return product


@verb("catalog.edit_product", _("Edit product"))
def edit_product(
    product: Product, *, actor: Any, reason: str = "", units: Sequence[dict[str, Any]] | None = None, **values: Any
) -> Product:
    """Change a product; `units` replaces its other units. The base unit stays once costs, prices or bills are stated in it."""
    more = [taken(_same_code(Product, values.get("code", product.code)), "code", product)]
    if differences(product, values).get("base_unit") and _is_measured(product):
        more.append(
            Denied(
                "base_unit_in_use",
                _("Costs, prices or bills are stated in this unit. Make a new product instead."),
                field="base_unit",
            )
        )
    more.append(weights_refusal(values.get("net_weight", product.net_weight), values.get("gross_weight", product.gross_weight)))
    if units is not None:
        more += _unit_faults(values.get("base_unit", product.base_unit), units)
    changed(product, values, *more)
    if units is not None:
        _set_units(product, {one["unit"]: one["factor"] for one in units})
    return product


def _is_measured(product: Product) -> bool:
    return StandardCost.objects.filter(product=product).exists() or product.list_prices.exists() or product.bills.exists()


def weights_refusal(net: Decimal | None, gross: Decimal | None) -> Denied | None:
    """The refusal of a gross weight below the net weight."""
    if net is None or gross is None or gross >= net:
        return None
    return Denied("gross_below_net", _("The gross weight cannot be below the net weight."), field="gross_weight", status=400)


def _unit_faults(base_unit: str, units: Sequence[dict[str, Any]]) -> list[Denied]:
    """What is wrong with the other units of a product."""
    wrong = []
    for number, one in enumerate(units):
        at = f"units.{number}."
        if one["unit"] == base_unit:
            wrong.append(Denied("base_unit_again", _("The base unit needs no conversion."), field=f"{at}unit", status=400))
        if one["unit"] in [before["unit"] for before in units[:number]]:
            wrong.append(Denied("twice", _("This unit is in the list twice."), field=f"{at}unit", status=400))
        wrong += faults(ProductUnit(**one), exclude=("product",), prefix=at)
    return wrong


def _set_units(product: Product, wanted: dict[str, Decimal]) -> None:
    """Make the other units of a product what they should be, writing only what differs."""
    for present in product.units.all():
        if present.unit not in wanted:
            present.delete()
        elif present.factor != wanted[present.unit]:
            present.factor = wanted[present.unit]
            present.save(update_fields=["factor"])
    missing = set(wanted) - set(product.units.values_list("unit", flat=True))
    ProductUnit.objects.bulk_create(ProductUnit(product=product, unit=unit, factor=wanted[unit]) for unit in sorted(missing))


@verb("catalog.launch_product", _("Launch product"))
def launch_product(product: Product, *, actor: Any, reason: str = "") -> Product:
    """Take a product from development into sales; it needs a released revision."""
    Product.workflow.move(product, "catalog.launch_product")
    product.save(update_fields=["status"])
    return product


@verb("catalog.phase_out_product", _("Phase out product"))
def phase_out_product(
    product: Product, *, actor: Any, reason: str = "", last_order_date: date, successor: Product | None = None
) -> Product:
    """Announce the end of a product: orders are taken until the last-order date, then its successor is offered."""
    wrong = []
    if last_order_date < clock.today():
        wrong.append(
            Denied(
                "last_order_in_the_past", _("The last-order date must be today or later."), field="last_order_date", status=400
            )
        )
    if successor is not None and successor.pk == product.pk:
        wrong.append(Denied("its_own_successor", _("Choose another product as successor."), field="successor", status=400))
    elif successor is not None and successor.status not in (Product.Status.DEVELOPMENT, Product.Status.ACTIVE):
        wrong.append(
            Denied("successor_ends_too", _("The successor is being phased out itself. Choose another."), field="successor")
        )
    denied = Product.workflow.why_not(product, "catalog.phase_out_product")
    refuse([denied] if denied else wrong)
    Product.workflow.move(product, "catalog.phase_out_product")
    product.last_order_date, product.successor = last_order_date, successor
    product.save(update_fields=["status", "last_order_date", "successor"])
    return product


@verb("catalog.discontinue_product", _("Discontinue product"))
def discontinue_product(product: Product, *, actor: Any, reason: str = "") -> Product:
    """End a product after its last-order date."""
    Product.workflow.move(product, "catalog.discontinue_product")
    product.save(update_fields=["status"])
    return product


@verb("catalog.reactivate_product", _("Reactivate product"))
def reactivate_product(product: Product, *, actor: Any, reason: str = "") -> Product:
    """Take a product back into sales; its last-order date and successor fall away. A reason is needed."""
    denied = Product.workflow.why_not(product, "catalog.reactivate_product")
    if denied:
        raise denied
    if not reason.strip():
        raise Denied("reason_needed", _("Say why the product comes back."), field="reason", status=400)
    Product.workflow.move(product, "catalog.reactivate_product")
    product.last_order_date = product.successor = None
    product.save(update_fields=["status", "last_order_date", "successor"])
    return product
