"""What the database needs before any table: extensions and the plain form of a text that search and sort compare."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

# Schema-qualified and with two arguments, or a restored database would not find the dictionary.
PLAIN = """
CREATE OR REPLACE FUNCTION kam_plain(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT public.unaccent('public.unaccent'::regdictionary, lower(words)) $$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_user")]
    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        UnaccentExtension(),
        migrations.RunSQL(PLAIN, "DROP FUNCTION kam_plain(text)"),
    ]
