"""Targets know their market and whether they were a year's first; those that there are learn it from their lines' buyers."""

import django.db.models.deletion
from django.db import migrations, models

LEARN = r"""
UPDATE budgets_target AS target SET
    sector_id = (SELECT sector_id FROM accounts_customer AS company WHERE company.id = target.customer_id),
    area_id = (
        SELECT market.id FROM accounts_market AS market, regexp_split_to_table(market.countries, '\s+') AS country
        WHERE market.dimension = 'area' AND country = coalesce(
            (SELECT plant.country FROM accounts_plant AS plant WHERE plant.id = target.plant_id),
            (SELECT company.country FROM accounts_customer AS company WHERE company.id = target.customer_id))
        ORDER BY market.code LIMIT 1),
    original = NOT EXISTS (
        SELECT FROM budgets_target AS earlier
        JOIN budgets_budgetround AS first ON first.id = earlier.round_id
        JOIN budgets_budgetround AS later ON later.id = target.round_id
        WHERE first.first_month = later.first_month AND first.published_at < later.published_at
            AND earlier.person_id = target.person_id AND earlier.selling_location_id = target.selling_location_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_currency_of_the_group"),
        ("budgets", "0001_models"),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="area",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.market",
                verbose_name="area",
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="original",
            field=models.BooleanField(default=True, editable=False, verbose_name="original"),
        ),
        migrations.AddField(
            model_name="target",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.market",
                verbose_name="sector",
            ),
        ),
        migrations.RunSQL(LEARN, migrations.RunSQL.noop, elidable=True),
    ]
