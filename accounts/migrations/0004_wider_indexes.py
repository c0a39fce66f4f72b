from django.db import migrations, models

import kam.core.plain


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_keys_before_periods"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="customer",
            name="accounts_customer_name",
        ),
        migrations.RemoveIndex(
            model_name="plantservice",
            name="accounts_service_by_location",
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                kam.core.plain.Plain(models.F("name")),
                models.F("id"),
                include=("name", "merged_into"),
                name="accounts_customer_name",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("status"),
                kam.core.plain.Plain(models.F("name")),
                models.F("id"),
                include=("name", "merged_into"),
                name="accounts_customer_status_name",
            ),
        ),
        migrations.AddIndex(
            model_name="plantservice",
            index=models.Index(fields=["location", "plant"], include=("period",), name="accounts_service_by_location"),
        ),
    ]
