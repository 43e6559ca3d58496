"""The filter: which rows a line of terms means, and what is said of a line that means nothing."""

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.filter import (
    WORDS,
    AgeCompared,
    AmountCompared,
    AmountIs,
    Comparison,
    Filter,
    Is,
    Key,
    Term,
    Test,
    Text,
)
from reconcile_tui.core.filter_grammar import LONGEST, FilterInvalid, parse_filter
from reconcile_tui.core.findings import Check, Finding
from tests.builders import a_finding, a_refund, an_order, an_orphan, span
from tests.strategies import findings as bare_findings


def looked_at(
    status: str | None = "processing",
    *,
    connector: str | None = "adyen",
    decision: str = "still_pending",
    detail: str | None = "processor",
) -> Check:
    return Check(psp_id="pay_1", psp_status=status, connector=connector, decision=decision, detail=detail)


A_ROW = a_finding(an_order("SO-1", stuck_for="3h", amount=12_050), check=looked_at())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "so-1",
        "pay_1",
        "ADYEN processing",
        "connector:adyen status:processing age>2h amount>=100 currency:EUR",
        "connector:Adyen,stripe",
        "currency:eur",
        "class:order kind:order local:pending",
        "class:orphan,order",
        "CLASS:ORDER",
        "decision:still_pending why:processor",
        "id:so-1 id:pay_1",
        "amount:120.5",
        "amount=120.50",
        "amount>120.49 amount<120.51 amount<=120.50",
        "amount:1,120.5",
        "age>2h59m age<3h1m age>=3h age<=3h",
        "-connector:stripe -age>3h -stripe",
        '"still" "SO-1","other"',
        "-why:amount_mismatch",
    ],
)
def test_a_row_is_meant(text: str) -> None:
    said = text.replace('"still" ', "")

    assert parse_filter(said).matches(A_ROW)


@pytest.mark.parametrize(
    "text",
    [
        "so-2",
        "connector:stripe",
        "connector:ady",
        "status:succeeded",
        "status:none",
        "age>3h",
        "amount>120.5",
        "currency:USD",
        "class:orphan",
        "kind:refund",
        "-so-1",
        "connector:adyen so-2",
        "so-1 -adyen",
        "-connector:adyen,stripe",
    ],
)
def test_a_row_is_not_meant(text: str) -> None:
    assert not parse_filter(text).matches(A_ROW)


def test_an_amount_is_in_the_major_unit_of_the_rows_own_currency() -> None:
    euros, yen, dinars = (
        a_finding(an_order(amount=4_200, currency=currency)) for currency in ("EUR", "JPY", "KWD")
    )

    assert [parse_filter("amount>=42").matches(row) for row in (euros, yen, dinars)] == [True, True, False]
    assert [parse_filter("amount:4.2").matches(row) for row in (euros, yen, dinars)] == [False, False, True]
    assert [parse_filter("amount:4200").matches(row) for row in (euros, yen, dinars)] == [False, True, False]


def test_what_is_not_known_matches_no_term_about_it_and_each_negated_one() -> None:
    unread = a_finding(an_order(amount=None))

    for term in ("amount>=0", "currency:EUR", "connector:adyen", "decision:sync", "why:processor"):
        assert not parse_filter(term).matches(unread)
        assert parse_filter(f"-{term}").matches(unread)
    assert parse_filter("status:none").matches(unread)


def test_a_status_that_this_version_does_not_know_has_a_word_of_its_own() -> None:
    row = a_finding(an_order(status="brand_new"), check=looked_at("sent_to_the_moon"))

    assert parse_filter("status:unknown local:unknown moon").matches(row)


def test_a_refund_is_found_by_its_orders_ids_too() -> None:
    refund = a_finding(a_refund("RF-1", of=an_order("SO-9", payment_id="pay_9"), refund_id="ref_1"))

    for each in ("RF-1", "SO-9", "pay_9", "ref_1"):
        assert parse_filter(f"id:{each}").matches(refund)
        assert parse_filter(each.lower()).matches(refund)


def test_why_is_the_last_looks_reason_or_an_open_attention_items() -> None:
    looked = looked_at(decision="attention", detail="amount_mismatch")
    row = a_finding(an_order(), check=looked)
    unreadable = a_finding(
        an_order(), check=looked_at(decision="unreadable", detail="timeout: no answer in 30 s, why:customer")
    )

    assert parse_filter("why:amount_mismatch").matches(row)
    assert parse_filter('"amounts differ"').matches(row)
    assert parse_filter("why:timeout -why:customer").matches(unreadable)
    assert not parse_filter("why:contradiction").matches(row)
    assert parse_filter("why:contradiction").matches(row, reasons=[Reason.CONTRADICTION])


def test_orphans_are_a_class_of_their_own() -> None:
    rows = {"orphan": a_finding(an_orphan()), "refund": a_finding(a_refund()), "order": a_finding(an_order())}

    for word in rows:
        assert [name for name, row in rows.items() if parse_filter(f"class:{word}").matches(row)] == [word]


@pytest.mark.parametrize(
    ("text", "wrong", "said"),
    [
        ("conector:adyen", "conector", "no such key"),
        ("age>2h conector:adyen so-1", "conector", "no such key"),
        ("why:amount_mismach", "amount_mismach", "why has no such word"),
        ("status:processing,done", "done", "status has no such word"),
        ("class:payment", "payment", "class has no such word"),
        ("age>soon", "soon", "write a duration such as 90s, 30m, 1h30m or 7d"),
        ("age>90", "90", "a number needs its unit: write 90s, 90m or 90h"),
        ("age>36501d", "36501d", "an age is at most 36500d"),
        ("age:2h", "age:2h", "an age is compared: age>2h, age<=30m"),
        ("age>1h,2h", "1h,2h", "one value"),
        ("amount>=10,50", "10,50", "a point before its decimals"),
        ("amount:ten", "ten", "an amount is a number"),
        ("amount>=-5", "-5", "an amount is a number"),
        ("amount>=1e9", "1e9", "an amount is a number"),
        ("amount>=\uff11", "\uff11", "an amount is a number"),
        ("amount>=NaN", "NaN", "an amount is a number"),
        ("currency:EURO", "EURO", "three letters"),
        ("connector>adyen", "connector>adyen", "only age and amount are compared: write connector:adyen"),
        ("connector:", "connector:", "a value is missing"),
        ("connector: adyen", "connector:", "a value is missing"),
        ("so-1 -", "-", "a value is missing"),
        ("so-1,", "so-1,", "a value is missing"),
        (",", ",", "a value is missing"),
        ('"so-1', '"so-1', "never closed"),
        ('"so"-1', "-", "put a blank or a comma here"),
        ('so"1"', '"', "put a blank or a comma here"),
        ('""', '""', "an empty text means nothing"),
        ('connector:""', '""', "an empty text means nothing"),
        (">2h", ">2h", "a key is missing"),
        ("age > 2h", "> ", "a key is missing"),
    ],
)
def test_what_means_nothing_is_refused_and_pointed_at(text: str, wrong: str, said: str) -> None:
    with pytest.raises(FilterInvalid) as refused:
        parse_filter(text)

    error = refused.value
    assert text[error.start : error.end] == wrong.strip()
    assert said in error.problem


def test_a_word_that_is_not_known_comes_with_those_that_are() -> None:
    with pytest.raises(FilterInvalid) as key:
        parse_filter("konnector:adyen")
    with pytest.raises(FilterInvalid) as word:
        parse_filter("kind:payment")

    assert "connector" in key.value.known
    assert word.value.known == ("order", "refund")


def test_a_filter_has_a_longest_length() -> None:
    with pytest.raises(FilterInvalid, match="at most 1000 characters"):
        parse_filter("x" * (LONGEST + 1))


def test_quotes_hold_blanks_commas_quotes_and_operators() -> None:
    assert parse_filter(r'"a \"b\", c:\\d" connector:"my bank"') == Filter(
        terms=(
            Term(test=Text(values=(r'a "b", c:\d',))),
            Term(test=Is(key=Key.CONNECTOR, values=("my bank",))),
        )
    )


texts = st.text(min_size=1, max_size=8)
amounts = st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False, allow_infinity=False)
ages = st.integers(0, 10**9).map(lambda seconds: span("1s") * seconds)


def words_of(key: Key) -> st.SearchStrategy[Iterable[str]]:
    if key is Key.CURRENCY:
        return st.lists(st.sampled_from(["EUR", "JPY", "KWD"]), min_size=1, max_size=2)
    known = sorted(set(WORDS.get(key, {}).values()))
    return st.lists(st.sampled_from(known) if known else texts, min_size=1, max_size=2)


tests: st.SearchStrategy[Test] = st.one_of(
    st.lists(texts, min_size=1, max_size=2).map(lambda values: Text(values=tuple(values))),
    st.sampled_from([key for key in Key if key not in (Key.AGE, Key.AMOUNT)]).flatmap(
        lambda key: words_of(key).map(lambda values: Is(key=key, values=tuple(values)))
    ),
    st.lists(amounts, min_size=1, max_size=2).map(lambda values: AmountIs(values=tuple(values))),
    st.builds(AmountCompared, comparison=st.sampled_from(Comparison), than=amounts),
    st.builds(AgeCompared, comparison=st.sampled_from(Comparison), than=ages),
)
terms = st.builds(Term, test=tests, negated=st.booleans())
filters = st.lists(terms, max_size=4).map(lambda each: Filter(terms=tuple(each)))
checks = st.one_of(
    st.none(),
    st.builds(
        looked_at,
        st.sampled_from([None, "succeeded", "processing", "brand_new"]),
        connector=st.sampled_from([None, "adyen", "stripe"]),
        decision=st.sampled_from(["sync", "attention"]),
        detail=st.sampled_from([None, "amount_mismatch", "timeout: why:customer"]),
    ),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    return a_finding(draw(bare_findings).row, check=draw(checks))


@given(filters)
def test_what_is_written_is_read_back_as_the_same_filter(each: Filter) -> None:
    assert parse_filter(str(each)) == each


def filter_or_error(text: str) -> Filter | FilterInvalid:
    try:
        return parse_filter(text)
    except FilterInvalid as error:
        return error


_pieces = st.one_of(
    st.text(max_size=5),
    st.sampled_from(
        [*':=<>,-"\\ \t\u3000', ">=", "age>2h", "amount>=1.50", "connector:", "class:orphan", '"a b"']
    ),
)


@given(st.lists(_pieces, max_size=12).map("".join))
def test_any_text_is_a_filter_or_an_error_that_points_into_it(text: str) -> None:
    said = filter_or_error(text)

    if isinstance(said, FilterInvalid):
        assert 0 <= said.start <= said.end <= len(text)
        assert said.problem
    else:
        assert parse_filter(str(said)) == said


@given(terms, findings())
def test_a_negated_term_means_exactly_the_other_rows(term: Term, row: Finding) -> None:
    opposite = Term(test=term.test, negated=not term.negated)

    assert Filter(terms=(term,)).matches(row) is not Filter(terms=(opposite,)).matches(row)


@given(filters, findings())
def test_terms_are_anded(each: Filter, row: Finding) -> None:
    one_by_one = [Filter(terms=(term,)).matches(row) for term in each.terms]

    assert each.matches(row) is all(one_by_one)


@given(st.lists(texts, min_size=1, max_size=3), findings())
def test_a_comma_means_either(values: list[str], row: Finding) -> None:
    one_by_one = [Filter(terms=(Term(test=Text(values=(value,))),)).matches(row) for value in values]

    assert Filter(terms=(Term(test=Text(values=tuple(values))),)).matches(row) is any(one_by_one)


def test_every_word_that_a_key_takes_is_read() -> None:
    for key, known in WORDS.items():
        for word, meaning in known.items():
            assert parse_filter(f"{key}:{word}") == Filter(terms=(Term(test=Is(key=key, values=(meaning,))),))
    assert parse_filter("amount:1.50") == parse_filter("amount:1.5")
    assert str(parse_filter("amount>1.50")) == "amount>1.50"
    assert Decimal("1.5").scaleb(2) == 150


def test_every_key_and_class_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "filter.md").read_text(encoding="utf-8")

    assert [key for key in Key if not re.search(rf"^\| `{key}[:>]", page, re.MULTILINE)] == []
    assert [word for word in WORDS[Key.CLASS].values() if f"`{word}`" not in page] == []
    assert [word for word in WORDS[Key.DECISION] if f"`{word}`" not in page] == []
