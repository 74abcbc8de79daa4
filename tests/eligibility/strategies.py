"""Arbitrary facts, packs and answers about the fictional society, for properties."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st

from services.eligibility.rules import Answer, Context, Fact, Truth
from services.eligibility.rules.dates import PartialDate
from services.eligibility.rules.facts import (
    Circular,
    Conclusion,
    Detail,
    FactDates,
    Inspection,
    Membership,
    Penalty,
    ProjectOutcome,
    Record,
    Source,
)
from tests.eligibility.making import CRITERIA, DATES, DEPARTMENT, SOCIETY

DAYS = st.dates(date(2017, 1, 1), date(2022, 12, 31))
INSTANTS = st.datetimes(
    datetime(2019, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2022, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
)
WORDS = st.sampled_from(["a", "名称", "x y", 'quote"d'])
ROLES = st.sampled_from([rule.head.id for rule in CRITERIA.rules])


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    first, last = draw(st.none() | DAYS), draw(st.none() | DAYS)
    if first and last and first > last:
        first, last = last, first
    return PartialDate(first, last)


MAYBE_DATES = st.none() | partial_dates()
YEARS = st.lists(st.integers(2015, 2021), max_size=3, unique=True).map(lambda y: tuple(sorted(y)))


@st.composite
def inspections(draw: st.DrawFn) -> Inspection:
    years = draw(YEARS)
    count = len(years) or draw(st.integers(1, 3))
    return Inspection(draw(st.sampled_from(Conclusion)), years, count)


DETAILS: st.SearchStrategy[Detail] = st.one_of(
    st.builds(Membership, st.sampled_from(["regular", "foundation", "company"])),
    st.builds(
        Penalty, WORDS, WORDS, st.sampled_from(["legal_person", "branch", "unknown"]), MAYBE_DATES
    ),
    inspections(),
    st.builds(Circular, MAYBE_DATES, MAYBE_DATES, MAYBE_DATES),
    st.builds(
        ProjectOutcome,
        st.sampled_from([DEPARTMENT, "another"]),
        WORDS,
        st.sampled_from(["failed", "completed", "unknown"]),
        st.sampled_from(Truth),
        st.none() | WORDS,
    ),
    st.builds(Record, st.just("award_other_call")),
)
FACTS = st.builds(
    Fact,
    st.integers(1, 99).map(lambda n: f"f{n}"),
    st.just(SOCIETY),
    DETAILS,
    st.builds(Source, st.just("https://example.invalid/made-up"), WORDS, st.just("") | WORDS),
    INSTANTS,
    st.builds(FactDates, MAYBE_DATES, MAYBE_DATES, MAYBE_DATES),
    st.none() | INSTANTS,
)
FACT_LISTS = st.lists(FACTS, max_size=6)
ANSWERS = st.lists(
    st.builds(Answer, ROLES, st.sampled_from(Truth), WORDS, WORDS, INSTANTS), max_size=3
)
CONTEXTS = st.builds(
    Context,
    st.just(SOCIETY),
    st.just(DATES),
    st.none() | INSTANTS,
    st.none() | INSTANTS,
    st.none() | INSTANTS,
    st.none() | st.sampled_from(["regular", "company"]),
)
