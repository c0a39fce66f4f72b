"""Confirmations of receipt become letters about complaints, of every kind, each with its print."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# They name their tables; `migrate` installs those of the models when it is done.
WITHOUT_TRIGGERS = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tgname, tgrelid::regclass AS rel FROM pg_trigger WHERE starts_with(tgname, 'pgtrigger_')
    AND tgrelid IN ('complaints_complaintreceipt'::regclass, 'complaints_complaintreceiptevent'::regclass)
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.rel);
    EXECUTE format('DROP FUNCTION IF EXISTS %I()', one.tgname);
  END LOOP;
END $$"""
# What was still on its way has no print: a person sends it again.
AS_LETTERS = """
UPDATE complaints_complaintletter letter SET
  number = counted.number, written_at = letter.created_at, sent_to = left(array_to_string(letter.recipients, ', '), 254),
  state = CASE letter.state WHEN 'waiting' THEN 'failed' ELSE letter.state END
FROM (SELECT id, row_number() OVER (PARTITION BY complaint_id ORDER BY id) AS number FROM complaints_complaintletter) counted
WHERE counted.id = letter.id"""


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0014_counted_in_indexes"),
        ("core", "0016_named_in_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(WITHOUT_TRIGGERS, migrations.RunSQL.noop),
        migrations.RenameModel("ComplaintReceipt", "ComplaintLetter"),
        migrations.RenameModel("ComplaintReceiptEvent", "ComplaintLetterEvent"),
        migrations.AlterModelOptions(
            name="complaintletter",
            options={
                "ordering": ["-written_at", "-pk"],
                "verbose_name": "letter about a complaint",
                "verbose_name_plural": "letters about complaints",
            },
        ),
        migrations.RemoveConstraint(
            model_name="complaintletter",
            name="complaints_receipt_sent",
        ),
        migrations.RenameIndex(
            model_name="complaintletter",
            new_name="complaints_to_customer_waiting",
            old_name="complaints_receipt_waiting",
        ),
        migrations.AddField(
            model_name="complaintletter",
            name="contents",
            field=models.JSONField(default=dict, editable=False, verbose_name="contents"),
        ),
        migrations.AddField(
            model_name="complaintletter",
            name="document",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.document",
                verbose_name="file",
            ),
        ),
        migrations.AddField(
            model_name="complaintletter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "Confirmation of receipt"),
                    ("3d", "First answer"),
                    ("8d", "Final answer"),
                    ("rejection", "Rejection of a complaint"),
                ],
                default="receipt",
                editable=False,
                max_length=9,
                verbose_name="kind",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="complaintletter",
            name="number",
            field=models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="number of the letter"),
        ),
        migrations.AddField(
            model_name="complaintletter",
            name="sent_to",
            field=models.CharField(default="", editable=False, max_length=254, verbose_name="sent to"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="complaintletter",
            name="written_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="written"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="complaintletter",
            name="sha256",
            field=models.CharField(blank=True, editable=False, max_length=64, verbose_name="SHA-256 of the file"),
        ),
        migrations.AddField(
            model_name="complaintletterevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "Confirmation of receipt"),
                    ("3d", "First answer"),
                    ("8d", "Final answer"),
                    ("rejection", "Rejection of a complaint"),
                ],
                default="receipt",
                editable=False,
                max_length=9,
                verbose_name="kind",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="complaintletterevent",
            name="number",
            field=models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="number of the letter"),
        ),
        migrations.AddField(
            model_name="complaintletterevent",
            name="sent_to",
            field=models.CharField(default="", editable=False, max_length=254, verbose_name="sent to"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="complaintletter",
            name="complaint",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="complaints.complaint",
                verbose_name="complaint",
            ),
        ),
        migrations.AlterField(
            model_name="complaintletter",
            name="recipients",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.EmailField(max_length=254), default=list, editable=False, size=None, verbose_name="recipients"
            ),
        ),
        migrations.AlterField(
            model_name="complaintletter",
            name="state",
            field=models.CharField(
                choices=[
                    ("issued", "issued"),
                    ("waiting", "waiting"),
                    ("sent", "sent"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled"),
                ],
                default="issued",
                editable=False,
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="complaintletterevent",
            name="recipients",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.EmailField(max_length=254), default=list, editable=False, size=None, verbose_name="recipients"
            ),
        ),
        migrations.AlterField(
            model_name="complaintletterevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("issued", "issued"),
                    ("waiting", "waiting"),
                    ("sent", "sent"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled"),
                ],
                default="issued",
                editable=False,
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddIndex(
            model_name="complaintletter",
            index=models.Index(fields=["-written_at", "-id"], name="complaints_to_customer_by_day"),
        ),
        migrations.AddIndex(
            model_name="complaintletter",
            index=models.Index(fields=["updated_at", "id"], name="complaints_to_customer_changed"),
        ),
        migrations.RunSQL(AS_LETTERS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="complaintletter",
            constraint=models.UniqueConstraint(fields=("complaint", "kind", "number"), name="complaints_to_customer_once"),
        ),
        migrations.AddConstraint(
            model_name="complaintletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["waiting", "sent"]), _negated=True),
                    models.Q(("recipients", []), _negated=True),
                    _connector="OR",
                ),
                name="complaints_to_customer_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at", None)),
                    _connector="OR",
                ),
                name="complaints_to_customer_sent",
            ),
        ),
    ]
