"""Nothing that was released is broken by the contracts as they are now."""

from contracts.compatibility import Released, breaches
from contracts.generate import shapes
from contracts.schema import writer_schema
from tests.contracts.mutations import mutations
from tests.contracts.released import (
    RELEASED,
    broken_promises,
    files,
    manifest,
    released_shapes,
    tampered,
)

NOW = {(event.TYPE, event.VERSION): writer_schema(event) for _, event in shapes()}


def test_every_release_can_still_be_read_and_still_reads() -> None:
    """The gate: both directions, every revision of every version ever released."""
    broken = broken_promises()

    assert broken == [], "\n" + "\n".join(map(str, broken))


def test_no_released_shape_was_changed_or_removed() -> None:
    """The gate judges against what went out, not against what somebody made of it since."""
    assert tampered(RELEASED, manifest(RELEASED)) == []
    assert set(files(RELEASED)) == set(manifest(RELEASED))


def test_every_version_was_released_and_its_revisions_have_no_gaps() -> None:
    """`make contracts ARGS=--release` keeps the first shape of a version as revision 0."""
    revisions: dict[tuple[str, int], list[int]] = {}
    for one in released_shapes():
        revisions.setdefault((one.type, one.version), []).append(one.revision)

    assert set(revisions) == set(NOW)
    assert all(sorted(found) == list(range(len(found))) for found in revisions.values())


def test_a_break_of_any_release_is_found_among_all_of_them() -> None:
    """One broken version among all: every release of it is named, and no other."""
    mutation = next(one for one in mutations() if one.edit == "remove a field")
    name, _, version = mutation.place.partition("/")[0].rpartition(".v")
    broken = {**NOW, (name, int(version)): mutation.new}

    found = breaches(released_shapes(), broken)

    assert {(one.released.type, one.released.version) for one in found} == {(name, int(version))}
    assert all(one.violation.counter_example for one in found)


def test_a_version_taken_out_of_the_contracts_is_found() -> None:
    """Old versions are read for ever."""
    left = {key: schema for key, schema in NOW.items() if key[1] > 1}

    gone = {one.released.type for one in breaches(released_shapes(), left)}

    assert gone == {name for name, version in NOW if version == 1}


def test_a_release_is_judged_against_each_of_its_revisions() -> None:
    """A field added in revision 1 may not vanish because revision 0 never had it."""
    event = next(iter(NOW))
    first = NOW[event]
    grown = first | {"properties": first["properties"] | {"added": {"type": "string"}}}
    history = [Released(*event, 0, first), Released(*event, 1, grown)]

    assert breaches(history, {event: grown}) == []
    (breach,) = breaches(history, {event: first})
    assert (breach.released.revision, breach.violation.kind) == (1, "property_removed")
