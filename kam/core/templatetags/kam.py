"""What templates need to write for the present reader: icons, badges, figures, dates, addresses with other parameters."""

from datetime import date, datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.icons import icon as draw

register = template.Library()
register.filter("initials", formats.initials)
register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("long_date", formats.long_date)
register.filter("long_day", formats.long_day)
register.filter("near_day", formats.near_day)
register.filter("plain", formats.plain)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """`{% icon "factory" %}`: an inline drawing, 16 pixels unless told."""
    return draw(name, size)


@register.filter
def number(value: Any, decimals: int = 0) -> str:
    """`{{ value|number:2 }}`: in the reader's format."""
    return formats.number(value, decimals)


@register.filter
def price(value: Any) -> str:
    """A price or a cost of one unit: two decimals, up to five where they say something."""
    return formats.number(value, 2, most=5)


@register.filter
def signed(value: Any, decimals: int = 0) -> str:
    """A difference: + or a true minus sign before the figure."""
    return formats.number(value, decimals, signed=True)


@register.filter
def percent(value: Any, decimals: int = 1) -> str:
    """`{{ share|percent:1 }}`: a value that is in per cent already."""
    return formats.percent(value, decimals)


@register.filter
def money(value: Any, currency: str = "") -> str:
    """`{{ amount|money:offer.currency }}`: two decimals and the currency's code."""
    return formats.money(value, currency)


@register.filter
def tone(value: Any) -> str:
    """The class of a figure: `neg` below zero, else nothing."""
    return "neg" if value is not None and value < 0 else ""


@register.filter
def iso(value: date | datetime | None) -> str:
    """A date for the `datetime` attribute of a time element."""
    return value.isoformat() if value else ""


@register.simple_tag
def badge(subject: Any, field: str = "status") -> SafeString:
    """`{% badge record %}` or `{% badge a_badge %}`: icon, word and tint."""
    return badge_html(subject if isinstance(subject, Badge) else badge_for(subject, field))


def badge_html(mark: Badge) -> SafeString:
    """The markup of one badge, also for cells that Python writes."""
    return format_html('<span class="k-badge k-{}">{}{}</span>', mark.tone, draw(mark.picture, 14), mark.label)


@register.simple_tag
def avatar(person: Any, large: bool = False) -> SafeString:
    """The round mark with a person's initials."""
    return format_html(
        '<span class="k-avatar{}" aria-hidden="true">{}</span>', " k-avatar-l" if large else "", formats.initials(person)
    )


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: Any) -> str:
    """The present address with some parameters changed; None takes one away, and `page` is dropped unless it is named."""
    parameters = context["request"].GET.copy()
    for name in ("page", "drawer"):
        if name not in changes:
            parameters.pop(name, None)
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in (None, ""):
            parameters[name] = str(value)
    query = parameters.urlencode()
    return f"?{query}" if query else context["request"].path


@register.simple_tag
def url_or_nothing(name: str, *arguments: Any) -> str:
    """The address of a page, or nothing where that page does not exist."""
    return _address(settings.ROOT_URLCONF, name) if not arguments else _looked_up(name, *arguments)


@cache
def _address(addresses: str, name: str) -> str:
    """The address of a page of its own: every page asks for those of the frame, and they never change."""
    return _looked_up(name)


def _looked_up(name: str, *arguments: Any) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """`{{ mapping|lookup:key }}`."""
    return mapping.get(key) if mapping else None


@register.filter
def unlocalized(value: Any) -> str:
    """A key as it stands in an address or an attribute, without thousands separators."""
    return str(value)


@register.filter
def kind_of_record(record: Any) -> str:
    """What sort of record it is, in words."""
    return capfirst(str(record._meta.verbose_name))


@register.simple_tag
def field_with_class(field: Any, name: str) -> Any:
    """A form's field of a library with a class of ours on its input, keeping what the library set."""
    return field.as_widget(attrs={**field.field.widget.attrs, "class": name})
