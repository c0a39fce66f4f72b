"""The demonstration's catalogue: families, products with revisions, costs, list prices, work centres, bills, customer items."""

from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile

from accounts.models import Customer, Location
from catalog.actions import (
    create_customer_item,
    create_family,
    create_product,
    create_programme,
    create_revision,
    create_work_centre,
    launch_product,
    phase_out_product,
    publish_costs,
    record_bill,
    record_list_price,
    release_revision,
)
from catalog.models import (
    BillOfResources,
    CustomerItem,
    ListPrice,
    Product,
    ProductFamily,
    ProductRevision,
    Programme,
    StandardCost,
    WorkCentre,
)
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.demo import stage
from kam.demo.drawings import drawing
from kam.demo.organisation import FOUNDED, person
from kam.demo.products import FAMILIES, ProductData, is_young, products

FIRST = FOUNDED + 60
#: code, names, machines, shifts
CENTRES = (
    ("TOR", "Tornitura", "Turning", "Drehen", 6, 2),
    ("DEN", "Dentatura", "Gear cutting", "Verzahnen", 4, 3),
    ("TRT", "Trattamento termico", "Heat treatment", "Wärmebehandlung", 2, 3),
    ("RET", "Rettifica", "Grinding", "Schleifen", 5, 2),
    ("MON", "Montaggio", "Assembly", "Montage", 8, 1),
)
SHARES = {"TOR": "0.35", "DEN": "0.25", "TRT": "0.05", "RET": "0.20", "MON": "0.15"}
#: The families whose list prices rose once, and what a list price is in standard costs.
RAISED, RAISED_ON = ("GE", "RO"), -90
MARKUP, RAISED_MARKUP = Decimal("2.10"), Decimal("2.16")
FACTORS = {"IT": Decimal(1), "DE": Decimal("1.18")}
#: The products of which the drawing itself is there.
DRAWN = (
    *("GE-38-28", "GE-55-32", "RO-63-8", "RO-100-16", "RE-80-7", "RE-120-10"),
    *("CA-50-900", "CA-90-1200", "CL-40-A", "CL-75-B", "LC-45-2", "LC-80-F"),
)
#: The last products came a few days before the present standard costs.
YOUNG = -205


def make() -> None:
    """Make the catalogue; prices and costs changed once since."""
    data = list(products())
    old, young = [row for row in data if not is_young(row)], [row for row in data if is_young(row)]
    with stage.at(FIRST):
        _families()
        families = {family.code: family for family in ProductFamily.objects.all()}
        locations = {location.code: location for location in Location.objects.all()}
        for row in old:
            _product(row, families, locations)
        _costs(old, "V1", Decimal("0.96"), stage.day(FIRST))
        _prices(old, MARKUP, stage.day(FIRST))
    with stage.at(YOUNG):
        for row in young:
            _product(row, families, locations)
        _prices(young, MARKUP, stage.day(YOUNG))
    with stage.at(-200):
        _costs(data, "V2", Decimal(1), stage.day(-200))
        _resources(data)
        _items()
    with stage.at(-100):
        _prices([row for row in data if row.family in RAISED], RAISED_MARKUP, stage.day(RAISED_ON))
    with stage.at(-20):
        for code in ("LC-25-R", "CL-30-S"):
            phase_out_product(Product.objects.get(code=code), actor=person("technical"), last_order_date=stage.day(160))


def _families() -> None:
    for family in FAMILIES:
        create_family(
            ProductFamily,
            actor=person("technical"),
            code=family.code,
            name_it=family.name_it,
            name_en=family.name_en,
            name_de=family.name_de,
        )


def _product(row: ProductData, families: dict[str, ProductFamily], locations: dict[str, Location]) -> None:
    actor = person("technical")
    product = create_product(
        Product,
        actor=actor,
        code=row.code,
        family=families[row.family],
        name_it=row.name_it,
        name_en=row.name_en,
        name_de=row.name_de,
        net_weight=row.net_weight,
        gross_weight=row.gross_weight,
        lead_time_days=row.lead_time,
        minimum_order_quantity=Decimal(row.minimum_quantity),
        pack_multiple=Decimal(1),
        customs_code=row.hs_code,
        origin_country="IT",
        producing_location=locations[row.producer],
    )
    number = f"D-{row.code}"
    revision = create_revision(
        ProductRevision, actor=actor, product=product, level="A", drawing_number=number, description="Prima emissione"
    )
    if row.code in DRAWN:
        attach_document(
            Document,
            actor=actor,
            record=revision,
            type=standard_type("drawing"),
            file=ContentFile(drawing(row, number, "A"), name=f"{number}-A.dxf"),
            number=number,
            revision="A",
            title=row.name_it,
        )
    release_revision(revision, actor=actor, effective_from=clock.today())
    launch_product(product, actor=actor)


def _costs(data: list[ProductData], version: str, level: Decimal, first_day: date) -> None:
    """The standard costs of the two producing locations: material 55 %, variable conversion 30 %, fixed 15 %."""
    known = {product.code: product for product in Product.objects.all()}
    for code, factor in FACTORS.items():
        costs = [
            {
                "product": known[row.code],
                "material": (row.cost * level * factor * Decimal("0.55")).quantize(Decimal("0.00001")),
                "variable_conversion": (row.cost * level * factor * Decimal("0.30")).quantize(Decimal("0.00001")),
                "fixed": (row.cost * level * factor * Decimal("0.15")).quantize(Decimal("0.00001")),
            }
            for row in data
        ]
        publish_costs(
            StandardCost,
            actor=person("finance"),
            location=Location.objects.get(code=code),
            cost_version=version,
            first_day=first_day,
            costs=costs,
        )


def _prices(data: list[ProductData], markup: Decimal, first_day: date) -> None:
    actor = person("sales.manager")
    known = {product.code: product for product in Product.objects.all()}
    for row in data:
        record_list_price(
            ListPrice,
            actor=actor,
            product=known[row.code],
            currency="EUR",
            price=(row.cost * markup).quantize(Decimal("0.01")),
            first_day=first_day,
        )


def _resources(data: list[ProductData]) -> None:
    """Work centres in Italy and Germany, and a bill for all but the last family, which is listed as without routing."""
    actor = person("production")
    for location in Location.objects.filter(code__in=FACTORS):
        for code, name_it, name_en, name_de, machines, shifts in CENTRES:
            create_work_centre(
                WorkCentre,
                actor=actor if location.code == "IT" else None,
                location=location,
                code=code,
                name_it=name_it,
                name_en=name_en,
                name_de=name_de,
                machines=machines,
                shifts=shifts,
            )
    known = {product.code: product for product in Product.objects.all()}
    locations = {location.code: location for location in Location.objects.all()}
    centres = {(centre.location_id, centre.code): centre for centre in WorkCentre.objects.all()}
    for row in data:
        if row.family == "LC":
            continue
        product, location = known[row.code], locations[row.producer]
        hours = row.cost / Decimal(60)
        record_bill(
            BillOfResources,
            actor=actor if location.code == "IT" else None,
            product=product,
            location=location,
            first_day=stage.day(-200),
            lot=Decimal(50),
            yield_rate=Decimal("98.5"),
            operations=[
                {
                    "work_centre": centres[location.pk, code],
                    "hours_per_unit": (hours * Decimal(share)).quantize(Decimal("0.000001")),
                    "setup_hours": Decimal("1.5"),
                    "offset_months": 1 if code in ("TOR", "DEN") else 0,
                }
                for code, share in SHARES.items()
            ],
            materials=[
                {
                    "material": "42CrMo4",
                    "grade": "+QT",
                    "quantity": row.gross_weight,
                    "unit": "kg",
                    "gross_weight": row.gross_weight,
                }
            ],
        )


def _items() -> None:
    """What the global accounts call our products, and their programmes."""
    codes = [row.code for row in products()]
    customers = Customer.objects.filter(group__is_global_account=True).select_related("group").order_by("code")
    for number, customer in enumerate(customers):
        actor = person(
            "account.manager" if customer.group and customer.group.code in ("GA-007", "GA-003") else "account.manager2"
        )
        for turn in range(8):
            product = Product.objects.get(code=codes[(17 * number + 23 * turn) % len(codes)])
            create_customer_item(
                CustomerItem,
                actor=actor,
                customer=customer,
                product=product,
                part_number=f"{customer.code[2:]}-{4400 + turn}",
                agreed_revision=product.revisions.get(),
            )
        create_programme(
            Programme,
            actor=actor,
            customer=customer,
            code=f"PRG-{customer.code[2:]}",
            name=f"{customer.city} 2",
            start_of_production=stage.day(90),
            end_of_production=stage.day(90 + 5 * 365),
        )
