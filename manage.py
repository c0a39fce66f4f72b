#!/usr/bin/env python3
"""Django's command line; with the same KAM_DATA it uses the database that `make run` started."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
    execute_from_command_line(sys.argv)
