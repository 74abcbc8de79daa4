"""Conflicts are found, or declared, or assumed; never overlooked."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.rules.conflicts import (
    Conflict,
    ConflictKind,
    ConflictPolicy,
    Declaration,
    Party,
    conflicted,
    conflicts_among,
)
from services.review.rules.identity import name_keys
from services.review.rules.parties import Application, Organisation, Person, Reviewer

REVIEWER = Reviewer("r1", Person("王甲"), (Organisation("晴川大学"),), ("1.1",), load_max=5)
APPLICATION = Application(
    "a1", Organisation("云山学会", "51100000500000001X"), ("1.1",), people=(Person("李乙"),)
)


def working_at(name: str, code: str | None = None, *former: str) -> Reviewer:
    return replace(REVIEWER, organisations=(Organisation(name, code, former),))


def kinds(found: tuple[Conflict, ...]) -> list[ConflictKind]:
    return [conflict.kind for conflict in found]


def test_strangers_have_no_conflict() -> None:
    """Without this, every other test could pass by refusing everybody."""
    assert conflicted(REVIEWER, APPLICATION) == ()


@pytest.mark.parametrize(
    "name",
    [
        "云山学会",
        " 云 山 学 会 ",
        "云山学会（北京）",
        "云山学会(北京)秘书处",
        "【云山学会】",
        "云山学会秘书处",
        "云山学会办公室",
        "云山学会青年工作委员会",
        "云山学会华南分会",
    ],
)
def test_an_organisation_is_recognised_under_every_spelling(name: str) -> None:
    """Width, spaces, brackets, secretariat and branch do not hide an employer."""
    assert kinds(conflicted(working_at(name), APPLICATION)) == [ConflictKind.SAME_ORGANISATION]


def test_an_organisation_is_recognised_by_its_code_alone() -> None:
    """A renamed applicant keeps its registration code, whatever its width or spacing."""
    renamed = working_at("云山与平川联合学会", "５１１０００００-5000 00001x")
    (found,) = conflicted(renamed, APPLICATION)
    assert found.evidence == "id:51100000500000001X"


def test_an_equal_name_counts_even_when_the_codes_differ() -> None:
    """One of the codes may be mistyped; a false alarm costs one seat, a leak costs the call."""
    found = conflicted(working_at("云山学会", "51100000500000002B"), APPLICATION)
    assert kinds(found) == [ConflictKind.SAME_ORGANISATION]


def test_a_former_name_and_a_supporting_unit_count() -> None:
    """Renaming and 挂靠 do not cut the tie."""
    supported = replace(APPLICATION, related=(Organisation("晴川大学"),))
    assert conflicted(working_at("新名学会", None, "云山学会"), APPLICATION)
    assert kinds(conflicted(REVIEWER, supported)) == [ConflictKind.SAME_ORGANISATION]


def test_different_names_stay_different() -> None:
    """Recognition must not join organisations that merely share words."""
    assert not name_keys("云山化学会") & name_keys("云山物理学会")
    assert not name_keys("平川有限公司") & name_keys("平山有限公司")
    assert name_keys("The Cloud Society Co., Ltd.") & name_keys("cloud society")


def test_the_applicants_own_people_never_review() -> None:
    """By name, by id and by an alias of the same mailbox."""
    named = replace(REVIEWER, person=Person(" 李 乙 "))
    assert kinds(conflicted(named, APPLICATION)) == [ConflictKind.APPLICANT_STAFF]
    mailbox = Person("李乙", emails=("Li.Yi@example.org",))
    written = replace(APPLICATION, people=(mailbox,))
    alias = replace(REVIEWER, person=Person("Yi Li", emails=("li.yi+review@EXAMPLE.org",)))
    assert kinds(conflicted(alias, written)) == [ConflictKind.APPLICANT_STAFF]


def test_namesakes_are_told_apart_only_by_two_ids() -> None:
    """One id says nothing about the other person, so it stays a conflict."""
    listed = replace(APPLICATION, people=(Person("张伟", "1001"),))
    assert not conflicted(replace(REVIEWER, person=Person("张伟", "1002")), listed)
    assert conflicted(replace(REVIEWER, person=Person("张伟", "1001")), listed)
    assert conflicted(replace(REVIEWER, person=Person("张伟")), listed)


@pytest.mark.parametrize(
    "unresolved",
    [
        replace(REVIEWER, identity_confirmed=False),
        replace(REVIEWER, organisations=()),
        working_at("无"),
        working_at("（）"),
        replace(REVIEWER, person=Person("  ")),
    ],
)
def test_an_unresolved_reviewer_conflicts_with_everything(unresolved: Reviewer) -> None:
    """Whoever cannot be identified cannot be cleared."""
    assert kinds(conflicted(unresolved, APPLICATION)) == [ConflictKind.UNRESOLVED_IDENTITY]


def test_an_unresolved_applicant_conflicts_with_everybody() -> None:
    """A code alone is enough to know the applicant; a blank is not."""
    blank = replace(APPLICATION, applicant=Organisation("不详"))
    coded = replace(APPLICATION, applicant=Organisation("", "51100000500000009K"))
    assert kinds(conflicted(REVIEWER, blank)) == [ConflictKind.UNRESOLVED_IDENTITY]
    assert conflicted(REVIEWER, coded) == ()


@pytest.mark.parametrize("by", [Party.REVIEWER, Party.APPLICANT, Party.OFFICER])
def test_a_declaration_counts_whoever_made_it(by: Party) -> None:
    """It names its author and points to itself as evidence."""
    declared = Declaration("d1", ConflictKind.FAMILY, by, "r1", "a1")
    (found,) = conflicted(REVIEWER, APPLICATION, [declared])
    assert (found.kind, found.by, found.evidence) == (ConflictKind.FAMILY, by, "declaration:d1")


def test_a_declaration_covers_what_it_names_and_no_more() -> None:
    """An application, an organisation, or, naming neither, everything."""
    about = Declaration("d1", ConflictKind.OTHER, Party.REVIEWER, "r1")
    society = Organisation("云山学会秘书处")
    assert conflicted(REVIEWER, APPLICATION, [about])
    assert conflicted(REVIEWER, APPLICATION, [replace(about, organisation=society)])
    assert not conflicted(REVIEWER, APPLICATION, [replace(about, application_id="a2")])
    assert not conflicted(
        REVIEWER, APPLICATION, [replace(about, organisation=Organisation("平川会"))]
    )
    assert not conflicted(REVIEWER, APPLICATION, [replace(about, reviewer_id="r2")])
    partner = replace(APPLICATION, related=(Organisation("平川会"),))
    assert conflicted(REVIEWER, partner, [replace(about, organisation=Organisation("平川会"))])


def test_a_request_to_avoid_counts_once_granted() -> None:
    """The applicant may ask; the officer decides."""
    asked = Declaration("d1", ConflictKind.REQUESTED_AVOIDANCE, Party.APPLICANT, "r1", "a1")
    assert not conflicted(REVIEWER, APPLICATION, [asked])
    assert conflicted(REVIEWER, APPLICATION, [replace(asked, accepted=True)])


@pytest.mark.parametrize(
    ("ended_on", "counts"),
    [(date(2018, 7, 1), True), (date(2018, 6, 30), False), (None, True)],
)
def test_an_old_cooperation_stops_counting_the_day_before(
    ended_on: date | None, counts: bool
) -> None:
    """The first day of the window still counts; an unknown end always does."""
    policy = ConflictPolicy(cooperation_counts_from=date(2018, 7, 1))
    kind = ConflictKind.RECENT_COOPERATION
    declared = Declaration("d1", kind, Party.REVIEWER, "r1", "a1", ended_on=ended_on)
    assert bool(conflicted(REVIEWER, APPLICATION, [declared], policy)) is counts
    assert conflicted(REVIEWER, APPLICATION, [declared])


NAMES = st.sampled_from(
    ["云山学会", "云山学会（筹）", "平川大学", "平川大学化学系", "晴川协会", "无", ""]
)
CODES = st.sampled_from([None, "51A", "51 a", "52B"])
ORGANISATIONS = st.builds(Organisation, NAMES, CODES)
PEOPLE = st.builds(
    Person,
    st.sampled_from(["张伟", "李娜", "王芳", ""]),
    st.sampled_from([None, "1", "2"]),
    st.lists(st.sampled_from(["a@x.org", "A+1@x.org", "b@x.org"]), max_size=2).map(tuple),
)
REVIEWERS = st.lists(
    st.builds(
        Reviewer,
        st.sampled_from(["r1", "r2", "r3", "r4"]),
        PEOPLE,
        st.lists(ORGANISATIONS, max_size=2).map(tuple),
        st.just(()),
        st.just(3),
        st.just(0),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda reviewer: reviewer.id,
)
APPLICATIONS = st.lists(
    st.builds(
        Application,
        st.sampled_from(["a1", "a2", "a3"]),
        ORGANISATIONS,
        st.just(()),
        st.lists(ORGANISATIONS, max_size=1).map(tuple),
        st.lists(PEOPLE, max_size=2).map(tuple),
    ),
    max_size=3,
    unique_by=lambda application: application.id,
)
DECLARATIONS = st.lists(
    st.builds(
        Declaration,
        st.sampled_from(["d1", "d2"]),
        st.sampled_from(ConflictKind),
        st.sampled_from(Party),
        st.sampled_from(["r1", "r2", "r9"]),
        st.sampled_from([None, "a1", "a2"]),
        st.none() | ORGANISATIONS,
    ),
    max_size=3,
)


@given(REVIEWERS, APPLICATIONS, DECLARATIONS)
def test_the_search_by_keys_misses_nothing(
    reviewers: list[Reviewer], applications: list[Application], declarations: list[Declaration]
) -> None:
    """Looking at shared keys only finds exactly what asking about every pair finds."""
    asked = [conflicted(r, a, declarations) for r, a in product(reviewers, applications)]
    every = tuple(sorted(conflict for found in asked for conflict in found))
    assert conflicts_among(reviewers, applications, declarations) == every
