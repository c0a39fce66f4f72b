"""German day and month in the width of a list: 6. Okt."""

MONTH_DAY_FORMAT = "j. N"
