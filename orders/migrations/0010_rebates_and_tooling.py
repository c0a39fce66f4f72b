"""Rebates by tiers of turnover, tooling that goes on being counted, and scales that the database keeps in order."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models

import orders.models.agreements

RISING = """
CREATE FUNCTION kam_rising(steps numeric[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT NOT EXISTS (SELECT FROM generate_series(2, cardinality(steps)) AS place WHERE steps[place] <= steps[place - 1]) $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_currency_of_the_group"),
        ("catalog", "0002_keys_before_periods"),
        ("orders", "0009_negotiations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(RISING, "DROP FUNCTION kam_rising(numeric[])"),
        migrations.RemoveConstraint(
            model_name="agreementline",
            name="orders_agreementline_tooling",
        ),
        migrations.AddField(
            model_name="agreementline",
            name="tooling_since",
            field=models.DateField(
                blank=True,
                help_text="From which day on deliveries amortise the tooling; empty for the first day of this agreement.",
                null=True,
                verbose_name="counted since",
            ),
        ),
        migrations.AddField(
            model_name="agreementlineevent",
            name="tooling_since",
            field=models.DateField(
                blank=True,
                help_text="From which day on deliveries amortise the tooling; empty for the first day of this agreement.",
                null=True,
                verbose_name="counted since",
            ),
        ),
        migrations.AddField(
            model_name="priceagreement",
            name="rebate",
            field=models.CharField(
                blank=True,
                choices=[("retroactive", "On the whole turnover"), ("incremental", "Tier by tier")],
                max_length=11,
                verbose_name="rebate",
            ),
        ),
        migrations.AddField(
            model_name="priceagreement",
            name="rebate_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=2, max_digits=18), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="priceagreement",
            name="rebate_rates",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=2, max_digits=5), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="priceagreementevent",
            name="rebate",
            field=models.CharField(
                blank=True,
                choices=[("retroactive", "On the whole turnover"), ("incremental", "Tier by tier")],
                max_length=11,
                verbose_name="rebate",
            ),
        ),
        migrations.AddField(
            model_name="priceagreementevent",
            name="rebate_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=2, max_digits=18), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="priceagreementevent",
            name="rebate_rates",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DecimalField(decimal_places=2, max_digits=5), default=list, editable=False, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementline",
            constraint=models.CheckConstraint(
                condition=models.Q(orders.models.agreements.Rising("step_quantities")), name="orders_agreementline_steps_rise"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tooling_cost__isnull", True), ("tooling_quantity__isnull", True), ("tooling_since__isnull", True)),
                    models.Q(("tooling_cost__gt", 0), ("tooling_quantity__gt", 0)),
                    _connector="OR",
                ),
                name="orders_agreementline_tooling",
            ),
        ),
        migrations.AddConstraint(
            model_name="priceagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rebate", ""), ("rebate_from", []), ("rebate_rates", [])),
                    models.Q(
                        models.Q(("rebate", ""), _negated=True),
                        models.Q(("rebate_from", []), _negated=True),
                        ("rebate_from__len", models.F("rebate_rates__len")),
                    ),
                    _connector="OR",
                ),
                name="orders_agreement_rebate",
            ),
        ),
        migrations.AddConstraint(
            model_name="priceagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    orders.models.agreements.Rising("rebate_from"), orders.models.agreements.Rising("rebate_rates")
                ),
                name="orders_agreement_tiers_rise",
            ),
        ),
    ]
