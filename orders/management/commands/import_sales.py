"""Import invoices and credit notes from a file, as the page of imports does."""

from kam.core.management.commands import import_data


class Command(import_data.Command):
    help = "Import sales from a file (and a second one with their documents), whole or not at all."
    kind = "orders.sales"
