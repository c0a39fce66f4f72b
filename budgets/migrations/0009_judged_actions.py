from django.db import migrations, models

# What was judged before, and what points to a case that has come to its end, as they would stand by now.
JUDGED = """
UPDATE budgets_correctiveaction AS action SET judged_at = deviation.updated_at FROM budgets_deviation AS deviation
WHERE deviation.id = action.deviation_id AND action.status = 'done' AND deviation.measured_effect IS NOT NULL
    AND deviation.status IN ('effective', 'not_effective', 'closed')
"""
ENDED = """
UPDATE budgets_deviation AS pointer SET status = behind.status, decision = behind.decision, ended_at = behind.ended_at
FROM budgets_deviation AS behind
WHERE behind.id = pointer.explained_by_id AND behind.ended_at IS NOT NULL AND pointer.ended_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("budgets", "0008_estimates"),
    ]

    operations = [
        migrations.AddField(
            model_name="correctiveaction",
            name="judged_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="effect judged"),
        ),
        migrations.AddField(
            model_name="correctiveactionevent",
            name="judged_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="effect judged"),
        ),
        migrations.RunSQL(JUDGED, migrations.RunSQL.noop),
        migrations.RunSQL(ENDED, migrations.RunSQL.noop),
    ]
