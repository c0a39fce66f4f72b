"""How many requests a person may make a minute: counted in PostgreSQL in one statement, so that all web processes count together."""

import time
from typing import Any

from django.conf import settings
from django.db import connection
from rest_framework.throttling import BaseThrottle

MINUTE = 60
# An unlogged table: counting costs no flush, and after a crash everybody starts at zero.
COUNT = """
INSERT INTO kam_api_quota AS quota (user_id, minute, requests) VALUES (%s, %s, 1)
ON CONFLICT (user_id) DO UPDATE SET
    requests = CASE WHEN quota.minute = excluded.minute THEN quota.requests + 1 ELSE 1 END, minute = excluded.minute
RETURNING requests
"""


class PerUser(BaseThrottle):
    """`API_REQUESTS_A_MINUTE` (settings) per person, whatever the token or session; 0 means no limit."""

    left = 0

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count this request; whether it is within the limit."""
        limit = settings.API_REQUESTS_A_MINUTE
        if not limit or not request.user.is_authenticated:
            return True
        now = int(time.time())
        self.left = MINUTE - now % MINUTE
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [request.user.pk, now // MINUTE])
            return bool(cursor.fetchone()[0] <= limit)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return float(self.left)
