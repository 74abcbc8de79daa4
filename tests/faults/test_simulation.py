"""Six services in one process under crashes, lost answers, redelivery and copies: a fixed set of seeds."""

import pytest

from services.cli.definitions import definitions
from tests.faults.checker import check
from tests.faults.simulation.chaos import SweepWorld
from tests.faults.simulation.run import Simulated, played, simulate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SEEDS = range(6)
APPLICANTS = 60
TROUBLES = (
    "crash before commit", "answer lost after commit", "crash in a batch", "redelivery",
    "relay dies before its checkpoint", "an old record again",
)  # fmt: skip


def effects(run: Simulated) -> set[tuple[str, str]]:
    """What happened, whenever it happened: every kind of event per key.

    But for reassessments, and for the bank file, whose bytes quote numbers given in turn.
    """
    often = (
        "document.documents_assessed", "eligibility.eligibility_assessed", "finance.statement_imported"
    )  # fmt: skip
    return {
        (event.TYPE, event.key)
        for service in run.world.services.values()
        for event in service.emitted
        if event.TYPE not in often
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_no_promise_is_broken_whatever_dies_whenever(seed: int) -> None:
    """Nothing lost, doubled, out of order or out of balance; every store is the fold of the log."""
    run = simulate(seed, APPLICANTS, troubles=10)

    assert {
        name: [str(o) for o in found] for name, found in check(run.evidence()).items() if found
    } == {}
    assert all(run.world.counted[trouble] for trouble in TROUBLES), dict(run.world.counted)
    assert run.events > 300


def test_a_seed_gives_the_same_log_byte_for_byte() -> None:
    """A failure found once is found again."""
    runs = [simulate(7, APPLICANTS, troubles=10).log_sha256 for _ in range(2)]

    assert runs[0] == runs[1]


def test_what_happens_does_not_depend_on_what_went_wrong() -> None:
    """The same effects with no trouble at all and with trouble in every fifth step."""
    calm, rough = simulate(1, APPLICANTS, troubles=0), simulate(2, APPLICANTS, troubles=20)

    assert sum(calm.world.counted.values()) == 0
    assert effects(calm) == effects(rough)


def test_death_at_every_boundary_of_every_handler_changes_nothing() -> None:
    """Before and after the commit of each command, in and after the batch of each event, before it is noted as sent."""
    world = SweepWorld(definitions().values(), 3)
    run = played(world, APPLICANTS)

    assert {
        name: [str(o) for o in found] for name, found in check(run.evidence()).items() if found
    } == {}
    assert effects(run) == effects(simulate(3, APPLICANTS, troubles=0))
    for service, event_type in heard(run):
        assert {
            (service, event_type, "crash in a batch"),
            (service, event_type, "redelivery"),
            (service, event_type, "copy on the wire"),
        } <= world.died
    for name, it in run.world.services.items():
        sent = {(name, event.TYPE, "relay dies before its checkpoint") for event in it.emitted}
        assert sent <= world.died
    assert len(heard(run)) >= 25
    commands = {(s, c) for s, c, what in world.died if what == "answer lost after commit"}
    assert commands == {(s, c) for s, c, what in world.died if what == "crash before commit"}
    assert len(commands) > 15


def heard(run: Simulated) -> set[tuple[str, str]]:
    """Every service with every type of event that it folds or reacts to, and that came."""
    types = {(r.topic, r.read_envelope().type) for r in run.evidence().records}
    return {
        (name, kind)
        for name, it in run.world.services.items()
        for topic, kind in types
        if topic in it.service.consumes and it.service.handles(kind)
    }
