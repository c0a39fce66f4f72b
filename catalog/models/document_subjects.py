"""What may have required documents, as SQL: each record with its customer, plant, tier, phase and product lines.

A floor above names its own kinds of records in the port `document_subjects`.
"""

from dataclasses import dataclass

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models

from kam.core.ports import ports

# Family → the product line at its top.
LINES = """
line(family, top) AS (
    SELECT id, id FROM catalog_productfamily WHERE parent_id IS NULL
    UNION ALL SELECT family.id, line.top FROM catalog_productfamily family JOIN line ON family.parent_id = line.family)"""
PHASE_OF_CUSTOMER = "CASE WHEN company.status = 'prospect' THEN 'acquisition' ELSE 'series' END"
PHASE_OF_PRODUCT = "CASE WHEN product.status = 'development' THEN 'development' ELSE 'series' END"


@dataclass(frozen=True)
class DocumentSubject:
    """A kind of record: its model, and a statement with object_id, customer_id, plant_id, tier, process and lines of each."""

    label: str
    statement: str

    @property
    def model(self) -> type[models.Model]:
        """The model of the records."""
        return apps.get_model(self.label)

    @property
    def content_type(self) -> ContentType:
        """The kind of record as the register stores it."""
        return ContentType.objects.get_for_model(self.model)


SUBJECTS = {
    "customer": DocumentSubject(
        "accounts.Customer",
        f"""SELECT company.id AS object_id, company.id AS customer_id, NULL::bigint AS plant_id, COALESCE(led.tier, 'C') AS tier,
            {PHASE_OF_CUSTOMER} AS process, ARRAY(SELECT line.top FROM catalog_customeritem item
                JOIN catalog_product product ON product.id = item.product_id JOIN line ON line.family = product.family_id
                WHERE item.customer_id = company.id) AS lines
        FROM accounts_customer company LEFT JOIN accounts_customergroup led ON led.id = company.group_id
        WHERE company.status <> 'closed'""",  # noqa: S608 - our own words
    ),
    "plant": DocumentSubject(
        "accounts.Plant",
        f"""SELECT plant.id AS object_id, company.id AS customer_id, plant.id AS plant_id, COALESCE(led.tier, 'C') AS tier,
            {PHASE_OF_CUSTOMER} AS process, ARRAY(SELECT line.top FROM catalog_customeritem item
                JOIN catalog_product product ON product.id = item.product_id JOIN line ON line.family = product.family_id
                WHERE item.customer_id = company.id AND (item.plant_id IS NULL OR item.plant_id = plant.id)) AS lines
        FROM accounts_plant plant JOIN accounts_customer company ON company.id = plant.customer_id
        LEFT JOIN accounts_customergroup led ON led.id = company.group_id
        WHERE company.status <> 'closed' AND plant.status = 'open'""",  # noqa: S608 - our own words
    ),
    "product": DocumentSubject(
        "catalog.Product",
        f"""SELECT product.id AS object_id, NULL::bigint AS customer_id, NULL::bigint AS plant_id, '' AS tier,
            {PHASE_OF_PRODUCT} AS process, ARRAY[line.top] AS lines
        FROM catalog_product product JOIN line ON line.family = product.family_id WHERE product.status <> 'discontinued'""",  # noqa: S608 - our own words
    ),
    "item": DocumentSubject(
        "catalog.CustomerItem",
        f"""SELECT item.id AS object_id, company.id AS customer_id, item.plant_id, COALESCE(led.tier, 'C') AS tier,
            {PHASE_OF_PRODUCT} AS process, ARRAY[line.top] AS lines
        FROM catalog_customeritem item JOIN catalog_product product ON product.id = item.product_id
        JOIN line ON line.family = product.family_id JOIN accounts_customer company ON company.id = item.customer_id
        LEFT JOIN accounts_customergroup led ON led.id = company.group_id
        WHERE company.status <> 'closed' AND product.status <> 'discontinued'""",  # noqa: S608 - our own words
    ),
}


def document_subjects() -> dict[str, DocumentSubject]:
    """Every kind of record that may have required documents, by its slug, those of the floors above too."""
    return {slug: subject for part in ports("document_subjects") for slug, subject in part.items()}
