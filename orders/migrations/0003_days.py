"""The days on which plants bought, taken from the lines that are there; room in the pages, so that a day is added where its year stands."""

import django.db.models.deletion
from django.db import migrations, models

import orders.models.days
from orders.models.days import FILL


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_wider_indexes"), ("orders", "0002_room")]
    operations = [
        migrations.CreateModel(
            name="SalesDays",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
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
                ("days", orders.models.days.DaysField(verbose_name="days")),
            ],
            options={
                "verbose_name": "days of sales",
                "verbose_name_plural": "days of sales",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("plant", "selling_location", "year"), name="orders_days_once"),
                ],
            },
        ),
        migrations.RunSQL("ALTER TABLE orders_salesdays SET (fillfactor = 70)", migrations.RunSQL.noop),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
