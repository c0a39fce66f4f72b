"""Where each order stands and what all add up to, kept by triggers; found anew for the orders that are there already."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def find(apps, _schema_editor):
    """Where no order is there is nothing to be found."""
    if apps.get_model("orders", "Order").objects.exists():
        from orders.actions.order_totals import rebuild_order_totals

        rebuild_order_totals()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_payment_terms"),
        ("core", "0012_obsolete_documents"),
        ("orders", "0029_agreement_opinions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderStanding",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="standing",
                        serialize=False,
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "base_net",
                    models.DecimalField(decimal_places=2, max_digits=18, verbose_name="net value in the group's currency"),
                ),
                ("alive", models.BooleanField(verbose_name="something is still to be done")),
                ("flaw", models.CharField(blank=True, max_length=11, verbose_name="what its status keeps it from")),
                ("waiting", models.BooleanField(verbose_name="waiting for the customer's acceptance")),
                ("blocked_until", models.DateField(null=True, verbose_name="blocked until")),
                ("due_on", models.DateField(null=True, verbose_name="first day that something is owed on")),
                ("figures", models.JSONField(verbose_name="what it counts for")),
            ],
            options={
                "verbose_name": "standing of an order",
                "verbose_name_plural": "standings of orders",
                "ordering": ["-base_net", "-order"],
            },
        ),
        migrations.CreateModel(
            name="OrderTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("figure", models.CharField(max_length=20, verbose_name="figure")),
                ("day", models.DateField(null=True, verbose_name="day")),
                ("early", models.IntegerField(null=True, verbose_name="days before the day")),
                ("in_full", models.BooleanField(null=True, verbose_name="in full")),
                ("count", models.BigIntegerField(verbose_name="count")),
                ("worth", models.DecimalField(decimal_places=2, max_digits=24, verbose_name="value in the group's currency")),
                ("folded", models.BooleanField(default=False, verbose_name="the only row of its cell")),
            ],
            options={
                "verbose_name": "total of orders",
                "verbose_name_plural": "totals of orders",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="orderconfirmation",
            name="in_time",
            field=models.BooleanField(editable=False, null=True, verbose_name="confirmed in time"),
        ),
        migrations.AddField(
            model_name="orderconfirmation",
            name="working_hours",
            field=models.DecimalField(
                decimal_places=2,
                editable=False,
                max_digits=9,
                null=True,
                verbose_name="working hours from the receipt of the order",
            ),
        ),
        migrations.AddField(
            model_name="orderconfirmationevent",
            name="in_time",
            field=models.BooleanField(editable=False, null=True, verbose_name="confirmed in time"),
        ),
        migrations.AddField(
            model_name="orderconfirmationevent",
            name="working_hours",
            field=models.DecimalField(
                decimal_places=2,
                editable=False,
                max_digits=9,
                null=True,
                verbose_name="working hours from the receipt of the order",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderconfirmation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("in_time__isnull", True), ("working_hours__isnull", True)),
                    models.Q(("in_time__isnull", False), ("revision", 1), ("working_hours__isnull", False)),
                    _connector="OR",
                ),
                name="orders_confirmation_timed",
            ),
        ),
        migrations.AddField(
            model_name="orderstanding",
            name="plant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.plant",
                verbose_name="plant",
            ),
        ),
        migrations.AddField(
            model_name="orderstanding",
            name="producing_location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.location",
                verbose_name="producing location",
            ),
        ),
        migrations.AddField(
            model_name="orderstanding",
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
        migrations.AddField(
            model_name="ordertotal",
            name="plant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.plant",
                verbose_name="plant",
            ),
        ),
        migrations.AddField(
            model_name="ordertotal",
            name="producing_location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.location",
                verbose_name="producing location",
            ),
        ),
        migrations.AddField(
            model_name="ordertotal",
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
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(
                condition=models.Q(("alive", True)), fields=["-base_net", "-order"], name="orders_standing_by_worth"
            ),
        ),
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(
                condition=models.Q(("flaw", ""), _negated=True),
                fields=["flaw", "-base_net", "-order"],
                name="orders_standing_by_flaw",
            ),
        ),
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(
                condition=models.Q(("waiting", True)), fields=["-base_net", "-order"], name="orders_standing_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(condition=models.Q(("due_on__isnull", False)), fields=["due_on"], name="orders_standing_due"),
        ),
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(
                condition=models.Q(("blocked_until__isnull", False)), fields=["blocked_until"], name="orders_standing_blocked"
            ),
        ),
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(
                condition=models.Q(("alive", True)), fields=["plant", "-base_net"], name="orders_standing_by_plant"
            ),
        ),
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(
                condition=models.Q(("alive", True)),
                fields=["selling_location", "-base_net", "-order"],
                name="orders_standing_by_seller",
            ),
        ),
        migrations.AddIndex(
            model_name="orderstanding",
            index=models.Index(
                condition=models.Q(("alive", True)),
                fields=["producing_location", "-base_net", "-order"],
                name="orders_standing_by_producer",
            ),
        ),
        migrations.AddIndex(
            model_name="ordertotal",
            index=models.Index(fields=["plant", "figure", "day"], name="orders_ordertotal_by_plant"),
        ),
        migrations.AddIndex(
            model_name="ordertotal",
            index=models.Index(
                condition=models.Q(("plant__isnull", True)), fields=["figure", "day"], name="orders_ordertotal_of_all"
            ),
        ),
        migrations.AddIndex(
            model_name="ordertotal",
            index=models.Index(condition=models.Q(("folded", False)), fields=["id"], name="orders_ordertotal_new"),
        ),
        migrations.RunPython(find, migrations.RunPython.noop),
    ]
