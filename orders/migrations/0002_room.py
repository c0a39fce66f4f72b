"""Room in the pages of the totals, so that a figure is changed where it stands and no index has to follow."""

from django.db import migrations

TABLES = ("salestotal", "accounttotal", "producttotal", "managertotal", "markettotal")


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_models")]
    operations = [
        migrations.RunSQL(
            [f"ALTER TABLE orders_{table} SET (fillfactor = 70)" for table in TABLES],
            [f"ALTER TABLE orders_{table} RESET (fillfactor)" for table in TABLES],
        ),
    ]
