"""The chassis's own tables: head, outbox, relay checkpoint, dead letters, replayed answers, audit."""

from sqlmodel import Field

from services.chassis.tables import Row, Tables, json_field

CHASSIS = Tables("chassis")
"""Workspace of the chassis in every service's database: none of it is a fold, a rebuild leaves it alone."""


@CHASSIS.workspace()
class Head(Row):
    """One row: the version every transaction compares and sets, and where reading and writing stand."""

    id: int = Field(primary_key=True, default=1)
    version: int = 0
    commit_id: str = ""
    """The last transaction's own id: tells, after a lost reply, whether it was committed."""
    marks: dict[str, list[int]] = json_field(default_factory=dict)
    sequences: dict[str, int] = json_field(default_factory=dict)


@CHASSIS.workspace()
class Outbox(Row):
    """Events on their way to the log: insert only, dense per partition, in commit order."""

    part: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    event_key: str
    headers: list[list[str]] = json_field(default_factory=list)
    body: str
    """The event's JSON, exactly as sent."""


@CHASSIS.workspace()
class Relay(Row):
    """How far the outbox has reached the log, per partition: may lag, re-sends are dropped by sequence."""

    part: int = Field(primary_key=True)
    sent: int = -1


@CHASSIS.workspace(sets=(("state", "topic", "event_key"),))
class DeadLetter(Row):
    """A record that was not applied, whole. States: dead, parked, queued, redriven, discarded."""

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    """The record's offset."""
    event_key: str
    event_id: str
    event_type: str
    state: str
    code: str
    reason: str
    fingerprint: str
    headers: list[list[str]] = json_field(default_factory=list)
    """Name and base64 of the value, so that any bytes survive."""
    body: str
    """Base64 of the record's value."""
    attempts: int = 1
    seen_at: str


@CHASSIS.workspace()
class ReplayedAnswer(Row):
    """An answer already given under an Idempotency-Key; the same question gets it again."""

    asked_key: str = Field(primary_key=True)
    fingerprint: str
    status: int
    body: str
    etag: str
    answered_at: str


@CHASSIS.workspace()
class Audit(Row):
    """What an operator did to the machinery: redrives, discards, rebuilds."""

    id: str = Field(primary_key=True)
    act: str
    actor: str
    approver: str
    detail: dict[str, str] = json_field(default_factory=dict)
    done_at: str


@CHASSIS.workspace()
class Proposal(Row):
    """An act on dead letters that one operator proposes and another approves.

    States: open, approved (it runs), done, rejected.
    """

    id: str = Field(primary_key=True)
    act: str
    """redrive, redrive_despite_gap, discard or reread."""
    topic: str
    event_key: str
    fingerprint: str
    reason: str
    keys_per_second: int
    state: str
    proposed_by: str
    proposed_at: str
    decided_by: str = ""
    decided_at: str = ""
    report: dict[str, int] = json_field(default_factory=dict)
    """How many records came to which state, and how many keys are left."""
