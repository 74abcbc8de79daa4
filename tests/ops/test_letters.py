"""Dead letters: looked at in groups, tried, and let go on by two people, in order."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from fastapi import APIRouter
from pydantic import SecretStr

from contracts.catalog import CATALOG
from contracts.event import Event
from contracts.submission import ApplicationSubmitted
from services.chassis.auth import Actor, token_for
from services.chassis.service import create_service
from services.chassis.settings import ServiceSettings
from tests.chassis.commands import Submit
from tests.chassis.harness import NOW, SUBMISSIONS, call, wire, with_header, withdrawal
from tests.chassis.harness_live import SECRET, Live, until
from tests.chassis.probes import MIDDLE_SERVICE, Seen, Verdict, submitted

pytestmark = [pytest.mark.kafka, pytest.mark.asyncio(loop_scope="module")]
ASKED = "/v1/operations"
PARKED = "select fingerprint from dead_letter where event_key = $1 and state = 'parked'"
UNKNOWN = "00000000-0000-5000-8000-000000000000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def middle(broker: str, new_store: Callable[[], str]) -> AsyncIterator[Live]:
    """The middle alone, fed by hand; its breaker is kept from tripping by what these tests refuse."""
    async with Live(broker, new_store, [MIDDLE_SERVICE], refused_share_max=1) as it:
        yield it


@asynccontextmanager
async def operator(it: Live, who: str) -> AsyncIterator[httpx.AsyncClient]:
    """An operator at the door of the running middle."""
    (runtime,) = it.runtimes["middle"]
    settings = ServiceSettings(
        database_url=it.urls["middle"], kafka_bootstrap_servers=it.bootstrap,
        token_secret=SecretStr(SECRET), log_level="ERROR",
    )  # fmt: skip
    app = create_service(MIDDLE_SERVICE, settings, APIRouter())
    app.state.runtime = runtime
    token = token_for(SECRET, Actor(who, frozenset({"operator"})))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://middle",
        headers={"authorization": f"Bearer {token}"},
    ) as http:  # fmt: skip
        yield http


def refused(name: str) -> Event:
    """An application that the middle refuses until its call is known; each name has its own call."""
    return submitted(
        Submit(id=name, applicant_id=f"o-{name}", title="refuse me", call_id=f"c-{name}"), NOW
    )


async def parked(it: Live, *names: str) -> None:
    """Applications that wait for their calls, each with a withdrawal behind it."""
    for name in names:
        await it.send(wire(refused(name)), wire(withdrawal(name)))
    await it.settle()


async def known(it: Live, *names: str) -> None:
    """The calls arrive: what was refused would be taken now."""
    await it.send(*(wire(call().model_copy(update={"call_id": f"c-{name}"})) for name in names))
    await it.settle()


async def proposed(it: Live, **body: Any) -> dict[str, Any]:
    """A proposal by the first operator."""
    async with operator(it, "one") as http:
        answer = await http.post(f"{ASKED}/proposals", json={"reason": "because", **body})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


async def approved(it: Live, proposal: str, who: str = "another") -> dict[str, Any]:
    """Approve as somebody else and wait until it is carried out; its row."""
    async with operator(it, who) as http:
        answer = await http.post(f"{ASKED}/proposals/{proposal}/approval")
        assert answer.status_code == 202, answer.text

        async def row() -> Any:
            rows = (await http.get(f"{ASKED}/proposals")).json()["proposals"]
            return next((r for r in rows if r["id"] == proposal and r["state"] == "done"), None)

        await until("the proposal is carried out", row)
        return dict(await row())


async def rows(it: Live, table: Any, key: str, *names: str) -> dict[str, Any]:
    return {getattr(r, key): r for r in await it.rows(table) if getattr(r, key) in names}


async def states(it: Live, *names: str) -> list[str]:
    return [letter.state for letter in await it.letters("middle") if letter.key in names]


async def test_letters_are_grouped_and_keys_show_their_queues(middle: Live) -> None:
    """One fingerprint for what went wrong the same way; per key how much waits behind it."""
    await parked(middle, "g1", "g2")
    async with operator(middle, "one") as http:
        groups = (await http.get(f"{ASKED}/dead-letter-groups?state=parked")).json()["groups"]
        keys = (await http.get(f"{ASKED}/parked-keys")).json()["parked_keys"]
        standing = (await http.get(f"{ASKED}/standing")).json()
        (group,) = [g for g in groups if g["code"] == "call_unknown"]
        listed = await http.get(f"{ASKED}/dead-letters?fingerprint={group['fingerprint']}")

    assert group["keys"] >= 2
    assert group["first_seen_at"] <= group["last_seen_at"]
    assert {k["key"]: k["queued"] for k in keys if k["key"] in ("g1", "g2")} == {"g1": 1, "g2": 1}
    assert standing["parked_keys"] == len(keys)
    assert {"g1", "g2"} <= {letter["event_key"] for letter in listed.json()["dead_letters"]}


async def test_a_dry_run_shows_every_field_that_would_change(middle: Live) -> None:
    """The rows, the fields and the events; afterwards nothing has changed."""
    await parked(middle, "d1")
    await known(middle, "d1")
    async with operator(middle, "one") as http:
        answer = await http.post(f"{ASKED}/redrives", json={"topic": SUBMISSIONS, "key": "d1"})
    said = answer.json()

    assert [record["state"] for record in said["records"]] == ["redriven", "redriven"]
    assert said["events"] == ["eligibility.eligibility_assessed"]
    seen = next(e for e in said["effects"] if e["table"] == "seen")
    assert (seen["new"], seen["fields"]["status"]) == (True, [None, "withdrawn"])
    assert await states(middle, "d1") == ["parked", "queued"]
    assert await rows(middle, Seen, "id", "d1") == {}


async def test_many_keys_go_on_when_a_second_person_says_so(middle: Live) -> None:
    """By fingerprint, each key in order, once; the audit names both; the proposer cannot approve."""
    names = [f"b{n}" for n in range(5)]
    await parked(middle, *names)
    await known(middle, *names[:4])
    (fingerprint,) = [r["fingerprint"] for r in await middle.fetch("middle", PARKED, "b0")]
    proposal = await proposed(middle, act="redrive", fingerprint=fingerprint, keys_per_second=1000)
    assert proposal["report"]["keys"] >= 5
    async with operator(middle, "one") as http:
        own = await http.post(f"{ASKED}/proposals/{proposal['id']}/approval")
    assert (own.status_code, own.json()["code"]) == (409, "same_person")

    done = await approved(middle, proposal["id"])

    assert done["decided_by"] == "another"
    assert done["report"]["left"] == 0
    assert await states(middle, *names) == ["redriven", "redriven"] * 4 + ["parked", "queued"]
    assert {r.status for r in (await rows(middle, Seen, "id", *names)).values()} == {"withdrawn"}
    verdicts = await rows(middle, Verdict, "application_id", *names)
    assert {name: row.times for name, row in verdicts.items()} == dict.fromkeys(names[:4], 1)
    audits = await middle.fetch(
        "middle", "select actor, approver, detail ->> 'key' as key from audit"
    )
    assert {("one", "another", name) for name in names} <= {tuple(a) for a in audits}
    async with operator(middle, "another") as http:
        again = await http.post(f"{ASKED}/proposals/{proposal['id']}/approval")
    assert again.json()["code"] == "proposal_decided"


async def test_a_discarded_record_lets_its_queue_go_on(middle: Live) -> None:
    """The refused one is given up with a reason; what waited behind it is applied."""
    await parked(middle, "x1")
    await middle.send(wire(submitted(Submit(id="x1", applicant_id="o", title="fine"), NOW)))
    await middle.settle()
    proposal = await proposed(middle, act="discard", topic=SUBMISSIONS, key="x1", reason="a fake")
    await approved(middle, proposal["id"])

    assert await states(middle, "x1") == ["discarded", "redriven", "redriven"]
    assert (await rows(middle, Seen, "id", "x1"))["x1"].title == "fine"
    (audit,) = await middle.fetch("middle", "select detail from audit where act = 'discard'")
    assert orjson.loads(audit["detail"])["reason"] == "a fake"
    await middle.send(wire(withdrawal("x1")))
    await middle.settle()
    assert (await rows(middle, Seen, "id", "x1"))["x1"].status == "withdrawn"


async def test_a_dead_letter_is_read_again_after_an_upgrade(
    middle: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type nobody knew when it came; the next release does."""
    event = submitted(Submit(id="r1", applicant_id="o"), NOW)
    record = with_header(wire(event), "ce_type", b"submission.later_fact")
    await middle.send(with_header(record, "ce_dataversion", b"1"))
    await middle.settle()
    assert await states(middle, "r1") == ["dead"]
    monkeypatch.setitem(CATALOG._versions, ("submission.later_fact", 1), ApplicationSubmitted)
    monkeypatch.setitem(CATALOG._latest, "submission.later_fact", ApplicationSubmitted)
    fold = MIDDLE_SERVICE.fold_of["submission.application_submitted"]
    monkeypatch.setitem(MIDDLE_SERVICE.fold_of, "submission.later_fact", fold)

    proposal = await proposed(middle, act="reread", topic=SUBMISSIONS, key="r1")
    await approved(middle, proposal["id"])

    assert await states(middle, "r1") == ["redriven"]
    assert list(await rows(middle, Seen, "id", "r1")) == ["r1"]


async def test_a_proposal_names_something_that_waits(middle: Live) -> None:
    """Not everything at once, and not nothing; a rejected one never runs."""
    async with operator(middle, "one") as http:
        body = {"act": "redrive", "reason": "r"}
        everything = await http.post(f"{ASKED}/proposals", json=body)
        nothing = await http.post(f"{ASKED}/proposals", json=body | {"key": "nobody"})
        assert everything.json()["code"] == "proposal_unbounded"
        assert nothing.json()["code"] == "nothing_waiting"
        await parked(middle, "n1")
        proposal = await proposed(middle, act="redrive", key="n1")
        rejected = await http.post(f"{ASKED}/proposals/{proposal['id']}/rejection")
        assert rejected.json()["state"] == "rejected"
    async with operator(middle, "another") as http:
        late = await http.post(f"{ASKED}/proposals/{proposal['id']}/approval")
        lost = await http.post(f"{ASKED}/proposals/{UNKNOWN}/approval")
    assert late.json()["code"] == "proposal_decided"
    assert lost.json()["code"] == "proposal_unknown"


async def test_a_tripped_breaker_is_reset_by_an_operator(
    middle: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too much was refused, intake stops; after the reset it reads on, and the audit says who."""
    (runtime,) = middle.runtimes["middle"]
    assert runtime.intake is not None
    runtime.writer.refused.clear()
    async with operator(middle, "one") as http:
        closed = await http.post(f"{ASKED}/circuit-breaker/reset")
        assert closed.json()["code"] == "breaker_closed"
        monkeypatch.setattr(runtime.intake, "refused_share_max", 0.5)
        await middle.send(*(wire(refused(f"t{n}")) for n in range(60)))
        await until("the breaker trips", lambda: runtime.intake and runtime.intake.tripped)
        assert list(runtime.faults()) == ["circuit_breaker"]
        await middle.send(wire(submitted(Submit(id="after", applicant_id="o"), NOW)))
        standing = (await http.get(f"{ASKED}/standing")).json()["circuit_breaker"]
        assert standing["tripped"]
        assert standing["refused"] >= standing["recent"] / 2 >= 25
        assert b'mingjing_circuit_breaker_tripped{service="middle"} 1.0' in runtime.metrics.text()
        monkeypatch.setattr(runtime.intake, "refused_share_max", 1)
        assert (await http.post(f"{ASKED}/circuit-breaker/reset")).status_code == 200
    await middle.settle()
    assert list(await rows(middle, Seen, "id", "after")) == ["after"]
    audits = await middle.fetch("middle", "select actor from audit where act like 'reset%'")
    assert [a["actor"] for a in audits] == ["one"]
