"""Two people: one proposes to redrive, discard or read again, another approves, then it runs.

It runs key by key, each in one transaction with its audit entry, no faster than was proposed. A
process that stops in between leaves the proposal approved; approving it again goes on where it was.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select
from sqlmodel import col

from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.ids import derived
from services.chassis.letters import LETTERS
from services.chassis.redrive import discard, redrive, reread
from services.chassis.store import Proposal

if TYPE_CHECKING:
    from services.chassis.runtime import Runtime

Act = Literal["redrive", "redrive_despite_gap", "discard", "reread"]
TABLE = Proposal.Table
PREVIEW_MAX = 20


@dataclass(frozen=True, slots=True)
class Target:
    """One key, or for `reread` one place."""

    topic: str
    key: str
    place: tuple[str, int, int]


async def propose(
    runtime: "Runtime", act: Act, wanted: dict[str, str], reason: str, per_second: int, actor: str
) -> dict[str, Any]:
    """Write a proposal down, with what it would do to the first keys; changes nothing else.

    Shapes: `wanted` narrows by topic, event_key, fingerprint.

    Raises:
        Invalid: nothing narrows it. NotFound: it concerns no letter.
    """
    if not any(wanted.values()):
        raise Invalid(
            "proposal_unbounded",
            "Name a topic, a key or a fingerprint.",
            "请指定主题、键或指纹。",
        )
    targets = await _targets(runtime, act, wanted)
    if not targets:
        raise NotFound(
            "nothing_waiting", "No dead letter matches.", "没有符合条件的死信。"
        )  # fmt: skip
    preview = [
        await _settled(runtime, act, target, actor, "", reason, dry_run=True)
        for target in targets[:PREVIEW_MAX]
    ]
    now = runtime.clock.now()
    row = Proposal(
        id=derived(f"{act}/{wanted}/{actor}", now), act=act, topic=wanted.get("topic", ""),
        event_key=wanted.get("event_key", ""), fingerprint=wanted.get("fingerprint", ""), reason=reason,
        keys_per_second=per_second, state="open", proposed_by=actor, proposed_at=now,
        report={"keys": len(targets)},
    )  # fmt: skip
    async with runtime.session() as session, session.begin():
        session.add(TABLE(**row.model_dump()))
    return {**row.model_dump(), "preview": preview}


async def approve(runtime: "Runtime", proposal_id: str, approver: str) -> dict[str, Any]:
    """Let a proposal run, in the background; its row says how far it is.

    Raises:
        NotFound: there is no such proposal. Conflict: the proposer cannot approve, or it is decided.
    """
    async with runtime.session() as session, session.begin():
        row = await _open(session, proposal_id, approver)
        row.state, row.decided_by, row.decided_at = "approved", approver, runtime.clock.now()
        found = dict(row.model_dump())
    runtime.run_beside(f"proposal {proposal_id}", _run(runtime, found))
    return found


async def reject(runtime: "Runtime", proposal_id: str, who: str) -> dict[str, Any]:
    """Refuse a proposal; the proposer may take it back this way, too.

    Raises:
        NotFound: there is no such proposal. Conflict: it is decided.
    """
    async with runtime.session() as session, session.begin():
        row = await _open(session, proposal_id, "")
        row.state, row.decided_by, row.decided_at = "rejected", who, runtime.clock.now()
        return dict(row.model_dump())


async def _open(session: Any, proposal_id: str, approver: str) -> Any:
    row = await session.get(TABLE, proposal_id, with_for_update=True)
    if row is None:
        raise NotFound(
            "proposal_unknown", f"No proposal {proposal_id}.", f"没有提案 {proposal_id}。"
        )  # fmt: skip
    if row.proposed_by == approver:
        raise Conflict(
            "same_person", "Another operator has to approve what you proposed.", "须由另一人批准。"
        )
    if row.state not in ("open", "approved"):
        raise Conflict(
            "proposal_decided", f"The proposal is {row.state}.", f"该提案状态为 {row.state}。"
        )
    return row


async def _targets(runtime: "Runtime", act: Act, wanted: dict[str, str]) -> list[Target]:
    """What a proposal is about now: keys of parked letters, or dead letters one by one."""
    state = "dead" if act == "reread" else "parked"
    query = select(LETTERS.topic, LETTERS.event_key, LETTERS.partition, LETTERS.position).where(
        col(LETTERS.state) == state
    )
    for column, value in wanted.items():
        if value:
            query = query.where(getattr(LETTERS, column) == value)
    async with runtime.session() as session:
        rows = (
            await session.execute(
                query.order_by(LETTERS.topic, LETTERS.partition, LETTERS.position)
            )
        ).all()
    return [Target(topic, key, (topic, part, at)) for topic, key, part, at in rows]


async def _run(runtime: "Runtime", proposal: dict[str, Any]) -> None:
    """Key after key; what is refused again stays parked and does not stop the others."""
    wanted = {name: proposal[name] for name in ("topic", "event_key", "fingerprint")}
    targets = await _targets(runtime, proposal["act"], wanted)
    counted: dict[str, int] = {**proposal["report"], "left": len(targets)}
    pause = 1 / proposal["keys_per_second"]
    for target in targets:
        done = await _settled(
            runtime, proposal["act"], target, proposal["proposed_by"], proposal["decided_by"],
            proposal["reason"], dry_run=False,
        )  # fmt: skip
        for record in done["records"]:
            counted[record["state"]] = counted.get(record["state"], 0) + 1
        counted["left"] -= 1
        await _note(runtime, proposal["id"], counted, "approved")
        await asyncio.sleep(pause)
    await _note(runtime, proposal["id"], counted, "done")


async def _settled(  # noqa: PLR0913 (the act and who answers for it)
    runtime: "Runtime", act: Act, target: Target, actor: str, approver: str, reason: str,
    *, dry_run: bool,
) -> dict[str, Any]:  # fmt: skip
    try:
        return await _carry_out(runtime, act, target, actor, approver, reason, dry_run=dry_run)
    except (NotFound, Conflict) as refused:
        if refused.code == "predecessor_missing":
            return {"records": [{"state": refused.code, "reason": refused.en}]}
        return {"records": []}  # somebody else was there first, or its key has to go on first


async def _carry_out(  # noqa: PLR0913 (the act and who answers for it)
    runtime: "Runtime", act: Act, target: Target, actor: str, approver: str, reason: str,
    *, dry_run: bool,
) -> dict[str, Any]:  # fmt: skip
    people: dict[str, Any] = {"actor": actor, "approver": approver, "dry_run": dry_run}
    if act == "reread":
        return await reread(runtime, place=target.place, **people)
    if act == "discard":
        return await discard(
            runtime, place=target.place, key=target.key, reason=reason, **people
        )  # fmt: skip
    return await redrive(
        runtime, topic=target.topic, key=target.key, despite_gap=act == "redrive_despite_gap", **people
    )  # fmt: skip


async def _note(runtime: "Runtime", proposal_id: str, counted: dict[str, int], state: str) -> None:
    async with runtime.session() as session, session.begin():
        row = await session.get(TABLE, proposal_id)
        if row is not None:
            row.report, row.state = dict(counted), state
