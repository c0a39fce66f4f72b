from django.db import migrations, models

import kam.core.money


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_wider_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="customer",
            name="currency",
            field=models.CharField(default=kam.core.money.base_currency, max_length=3, verbose_name="currency"),
        ),
        migrations.AlterField(
            model_name="customerevent",
            name="currency",
            field=models.CharField(default=kam.core.money.base_currency, max_length=3, verbose_name="currency"),
        ),
    ]
