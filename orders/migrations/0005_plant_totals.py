"""The revenue of plants from January on, added up from what stands in the totals of accounts; more room in the pages of totals."""

import django.db.models.deletion
from django.db import migrations, models

KEY = "year, plant_id, selling_location_id, kind, is_intercompany, unit"
MONTHS = range(1, 13)
COLUMNS = ", ".join(f"revenue_{month:02d}" for month in MONTHS)
SUMS = ", ".join(
    "sum(" + " + ".join(f"coalesce(revenue_{month:02d}, 0)" for month in range(1, last + 1)) + ")" for last in MONTHS
)
FILL = f"""
INSERT INTO orders_planttotal ({KEY}, lines, {COLUMNS})
SELECT {KEY}, sum(lines), {SUMS} FROM orders_accounttotal GROUP BY {KEY}
"""  # noqa: S608 - names of our own
# A file of a month changes most rows of the year at once: each finds the place for its new version beside the old one.
TABLES = ("orders_salestotal", "orders_accounttotal", "orders_planttotal", "orders_producttotal")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_wider_indexes"), ("orders", "0004_document_numbers")]

    operations = [
        migrations.CreateModel(
            name="PlantTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("goods", "Goods"),
                            ("surcharge", "Metal surcharge"),
                            ("tooling", "Tooling"),
                            ("freight", "Freight"),
                            ("rebate", "Rebate or bonus"),
                            ("price_correction", "Price correction"),
                            ("repair", "Repair"),
                            ("free_of_charge", "Free of charge"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("is_intercompany", models.BooleanField(verbose_name="intercompany")),
                ("unit", models.CharField(blank=True, max_length=8, verbose_name="unit")),
                ("lines", models.IntegerField(verbose_name="lines")),
                ("revenue_01", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_02", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_03", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_04", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_05", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_06", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_07", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_08", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_09", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_10", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_11", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                ("revenue_12", models.DecimalField(decimal_places=6, editable=False, max_digits=28, null=True)),
                (
                    "plant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.plant",
                        verbose_name="plant",
                    ),
                ),
                (
                    "selling_location",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.location",
                        verbose_name="selling location",
                    ),
                ),
            ],
            options={
                "verbose_name": "total of a plant",
                "verbose_name_plural": "totals of plants",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["year", "selling_location"], name="orders_planttotal_by_year")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plant", "year", "selling_location", "kind", "is_intercompany", "unit"),
                        name="orders_planttotal_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunSQL(FILL, "DELETE FROM orders_planttotal"),
        migrations.RunSQL([f"ALTER TABLE {name} SET (fillfactor = 50)" for name in TABLES], migrations.RunSQL.noop),
    ]
