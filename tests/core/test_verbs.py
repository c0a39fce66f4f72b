"""Verbs: one action each, whoever imports what."""

import pytest

from kam.core.verbs import VERBS, verb


def test_a_verb_has_one_action() -> None:
    before = dict(VERBS)
    with pytest.raises(ValueError, match=r"accounts\.edit_customer is accounts\.actions\.customer\.edit_customer already"):

        @verb("accounts.edit_customer", "Edit")
        def edit(customer: object, *, actor: object, reason: str = "") -> None:
            """Another one."""

    assert before == VERBS
