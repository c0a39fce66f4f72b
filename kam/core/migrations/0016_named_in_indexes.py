"""The indexes of whom a work item was raised to and who was told of it hold only the items that name somebody."""

import django.contrib.postgres.indexes
from django.db import migrations
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("core", "0015_counted_in_indexes")]

    operations = [
        migrations.RemoveIndex("workitem", "core_workitem_raised"),
        migrations.RemoveIndex("workitem", "core_workitem_informed"),
        migrations.AddIndex(
            "workitem",
            django.contrib.postgres.indexes.GinIndex(
                fields=["raised_to"], condition=~Q(raised_to=[]), name="core_workitem_raised"
            ),
        ),
        migrations.AddIndex(
            "workitem",
            django.contrib.postgres.indexes.GinIndex(
                fields=["informed"], condition=~Q(informed=[]), name="core_workitem_informed"
            ),
        ),
    ]
