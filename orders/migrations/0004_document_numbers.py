import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_days"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="salesdocument",
            index=models.Index(django.db.models.functions.text.Upper("number"), name="orders_document_number"),
        ),
    ]
