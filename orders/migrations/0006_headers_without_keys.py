"""Headers name documents, runs and locations as the lines do: checked once a statement, not row by row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_currency_of_the_group"),
        ("orders", "0005_plant_totals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="salesheader",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="headers",
                to="orders.salesbatch",
                verbose_name="run",
            ),
        ),
        migrations.AlterField(
            model_name="salesheader",
            name="document",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="headers",
                to="orders.salesdocument",
                verbose_name="document",
            ),
        ),
        migrations.AlterField(
            model_name="salesheader",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ended_headers",
                to="orders.salesbatch",
                verbose_name="ended by",
            ),
        ),
        migrations.AlterField(
            model_name="salesheader",
            name="selling_location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.location",
                verbose_name="selling location",
            ),
        ),
    ]
