"""Italian dates without a leading zero before the month's name: 6 ottobre 2026."""

DATE_FORMAT = "j F Y"
MONTH_DAY_FORMAT = "j M"
