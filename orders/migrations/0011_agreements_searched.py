import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import kam.core.plain


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_payment_terms"),
        ("catalog", "0002_keys_before_periods"),
        ("orders", "0010_rebates_and_tooling"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="priceagreement",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True,
                expression=kam.core.plain.Plain(
                    django.db.models.functions.text.Concat(
                        django.db.models.functions.comparison.Coalesce(
                            models.F("number"), models.Value(""), output_field=models.TextField()
                        ),
                        models.Value(" ", output_field=models.TextField()),
                        django.db.models.functions.comparison.Coalesce(
                            models.F("reference"), models.Value(""), output_field=models.TextField()
                        ),
                        models.Value(" ", output_field=models.TextField()),
                        output_field=models.TextField(),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="priceagreement",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("search_text"), name="gin_trgm_ops"),
                name="orders_agreement_search",
            ),
        ),
    ]
