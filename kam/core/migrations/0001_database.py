"""What the database needs before any table: extensions and the plain form of a text that search and sort compare."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

# Schema-qualified and with two arguments, or a restored database would not find the dictionary.
PLAIN = """
CREATE OR REPLACE FUNCTION kam_plain(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT public.unaccent('public.unaccent'::regdictionary, lower(words)) $$
"""

# Requests of the running minute per person; unlogged, since nothing is lost by starting at zero.
QUOTA = "CREATE UNLOGGED TABLE kam_api_quota (user_id bigint PRIMARY KEY, minute bigint NOT NULL, requests integer NOT NULL)"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_user")]
    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        UnaccentExtension(),
        migrations.RunSQL(PLAIN, "DROP FUNCTION kam_plain(text)"),
        migrations.RunSQL(QUOTA, "DROP TABLE kam_api_quota"),
    ]
