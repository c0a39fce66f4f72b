"""Forms: the reader's choices, figures and dates as the reader writes them, text without hidden characters."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.http import QueryDict
from django.utils import translation

from accounts.models import User
from kam.core.documents import Document
from kam.core.forms import Form, ModelForm, browser_format, clean_text
from tests.factories.accounts import UserFactory


class Sheet(Form):
    name = forms.CharField(label="Name", max_length=10)
    amount = forms.DecimalField(label="Amount", required=False, help_text="per piece")
    day = forms.DateField(label="Day", required=False)
    document = forms.ModelChoiceField(label="Document", queryset=Document.objects.all(), required=False)


def filled(**values):
    data = QueryDict(mutable=True)
    data.update(values)
    return data


@pytest.mark.parametrize(
    ("language", "amount", "day"),
    [("it", "1.234,5", "31/12/2026"), ("de", "1.234,5", "31.12.2026"), ("en", "1,234.5", "31 Dec 2026")],
)
def test_figures_and_dates_are_read_and_written_as_the_reader_does(db, language, amount, day):
    with translation.override(language):
        form = Sheet(filled(name="x", amount=amount, day=day), reader=UserFactory())
        assert form.is_valid(), form.errors
        assert (form.cleaned_data["amount"], form.cleaned_data["day"]) == (Decimal("1234.5"), date(2026, 12, 31))
        shown = Sheet(initial={"amount": Decimal("1234.5"), "day": date(2026, 12, 31)}, reader=UserFactory())
        assert f'value="{amount}"' in str(shown["amount"]) and f'value="{day}"' in str(shown["day"])


def test_the_calendar_writes_the_format_that_the_form_reads():
    for language, expected in (("it", "d/m/Y"), ("de", "d.m.Y"), ("en", "d M Y")):
        with translation.override(language):
            assert browser_format("DATE_INPUT_FORMATS") == expected


def test_what_cannot_be_read_stays_as_it_was_typed(db):
    form = Sheet(filled(name="x", amount="twelve", day="31/02/2026"), reader=UserFactory())
    assert not form.is_valid() and {"amount", "day"} == set(form.errors)
    assert 'value="twelve"' in str(form["amount"]) and 'value="31/02/2026"' in str(form["day"])


def test_hidden_and_direction_characters_are_taken_out_and_accents_composed(db):
    form = Sheet(filled(name="e\u0301\u202eA\x00\u200f\ufeffB"), reader=UserFactory())
    assert form.is_valid() and form.cleaned_data["name"] == "\u00e9AB"
    assert clean_text("a\nb\tc") == "a\nb\tc"
    assert clean_text("\u4e0a\u6d77 \u05d0") == "\u4e0a\u6d77 \u05d0"


def test_a_name_of_ten_thousand_characters_is_refused_at_its_field(db):
    form = Sheet(filled(name="x" * 10_000), reader=UserFactory())
    assert not form.is_valid() and list(form.errors) == ["name"]
    assert [line[1] for line in form.summary()] == ["id_name"]


def test_a_choice_offers_only_rows_that_its_reader_may_see(db):
    class Choice(Form):
        user = forms.ModelChoiceField(queryset=User.objects.all())

    reader = UserFactory()
    assert set(Choice(reader=reader).fields["user"].queryset) == {reader}
    shut_out = UserFactory(is_active=False)
    assert not Choice(reader=shut_out).fields["user"].queryset.exists()
    assert not Choice(filled(user=str(reader.pk)), reader=shut_out).is_valid()


def test_help_is_tied_to_its_field_and_the_version_is_hidden(db):
    form = Sheet(initial={"version": 3}, reader=UserFactory())
    assert 'aria-describedby="amount-help"' in str(form["amount"]) and 'inputmode="decimal"' in str(form["amount"])
    assert 'type="hidden"' in str(form["version"]) and 'value="3"' in str(form["version"])
    assert 'aria-required="true"' in str(form["name"])


def test_a_model_form_never_saves(db):
    class Person(ModelForm):
        class Meta:
            model = User
            fields = ["first_name"]

    user = UserFactory(first_name="Ada")
    form = Person(filled(first_name="Bea"), reader=user, record=user)
    assert form.is_valid() and user.first_name == "Ada"
    with pytest.raises(TypeError):
        form.save()


def test_a_moment_is_typed_in_the_readers_format(db):
    class Moment(Form):
        at = forms.DateTimeField()

    with translation.override("en"):
        form = Moment(filled(at="3 Nov 2026, 09:30"), reader=UserFactory())
        assert form.is_valid() and form.cleaned_data["at"].replace(tzinfo=None) == datetime(2026, 11, 3, 9, 30)
