#!/usr/bin/env python3
"""Django's command line; with the same KAM_DATA it uses the database that `make run` started."""

import os
import sys

from django.core.management import execute_from_command_line

from kam import configuration

if __name__ == "__main__":
    configuration.as_owner = sys.argv[1:2] in [[command] for command in configuration.OWNER_COMMANDS]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
    execute_from_command_line(sys.argv)
