"""The base pages of every screen: list, record, form and verb; each says its few steps and registers nothing by itself."""

from kam.core.views.base import Page, Signed
from kam.core.views.form import FormPage
from kam.core.views.list import BulkAction, ListPage
from kam.core.views.prints import PrintView
from kam.core.views.record import Fact, RecordPage
from kam.core.views.verb import VerbView

__all__ = ["BulkAction", "Fact", "FormPage", "ListPage", "Page", "PrintView", "RecordPage", "Signed", "VerbView"]
