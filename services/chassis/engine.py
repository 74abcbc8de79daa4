"""The engine: runs a batch of causes against rows in memory. Pure but for the cache it is given."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import PydanticSerializationError

from contracts.catalog import CATALOG
from contracts.event import ContractError, Envelope, Event, partition_of
from services.chassis.batch import Batch, Head, Replay
from services.chassis.causes import Ask, DeadLetter, Emitted, Record, dead_letter, written
from services.chassis.errors import Invalid, Refused, ServiceError, not_storable
from services.chassis.ids import derived
from services.chassis.model import Answer, Cause, LawBroken, Need, Save, Service, cause_of
from services.chassis.rows import Cache, Missing
from services.chassis.views import Changes, FoldRows, NamedRows


class Engine:
    """Runs causes one after another; each sees what the ones before it did."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.source = f"mingjing/{service.name}"

    def run(
        self,
        cache: Cache,
        head: Head,
        causes: Iterable[Record | Ask],
        replays: dict[str, Replay | None],
    ) -> Batch:
        """Run a batch. When `missing` comes back non-empty: undo, load what it names, run again.

        `replays` holds what the store knows of the batch's idempotency keys; a key it lacks is
        reported in `asked_keys`.
        """
        batch = Batch(sequences=dict(head.sequences), parked=set(head.parked))
        for cause in causes:
            if isinstance(cause, Record):
                self._record(cache, head, cause, batch)
            else:
                self._ask(cache, cause, batch, replays)
        return batch

    # -- records ---------------------------------------------------------------------------------

    def _record(self, cache: Cache, head: Head, record: Record, batch: Batch) -> None:
        place = record.place
        offset, last = batch.marks.get(place) or head.marks.get(place) or (0, -1)
        if record.offset < offset:
            return
        letter, last = self._apply_record(cache, record, batch, last)
        batch.marks[place] = (record.offset + 1, last)
        if letter is not None:
            batch.letters.append(letter)
            if letter.state == "parked":
                batch.parked.add((letter.topic, letter.key))

    def _apply_record(
        self, cache: Cache, record: Record, batch: Batch, last: int
    ) -> tuple[DeadLetter | None, int]:
        try:
            envelope = record.read_envelope()
        except ContractError as bad:
            return dead_letter(record, "dead", bad.code, bad.reason), last
        sequence = envelope.sequence
        if 0 <= sequence <= last:
            batch.duplicates += 1
            return None, last
        if sequence > last + 1:
            why = f"sequence {sequence} came after {last}: something before it is missing"
            return dead_letter(record, "parked", "sequence_gap", why), last
        return self._apply_known(cache, record, envelope, batch), max(sequence, last)

    def _apply_known(
        self, cache: Cache, record: Record, envelope: Envelope, batch: Batch
    ) -> DeadLetter | None:
        if not self.service.handles(envelope.type):
            return self._unhandled(record, envelope)
        if (record.topic, envelope.key) in batch.parked:
            return dead_letter(
                record, "queued", "key_parked", "an earlier event of this key is parked"
            )
        try:
            self.apply(cache, envelope, under_its_key(record, envelope), batch)
        except ContractError as bad:
            return dead_letter(record, "parked", bad.code, bad.reason)
        except Refused as refused:
            return dead_letter(record, "parked", refused.code, refused.en)
        except Exception as bug:  # noqa: BLE001 (a bug in a pure function must not stop the partition)
            return dead_letter(record, "parked", "bug", f"{type(bug).__name__}: {bug}")
        return None

    def _unhandled(self, record: Record, envelope: Envelope) -> DeadLetter | None:
        if CATALOG.latest(envelope.type) is None:
            return dead_letter(record, "dead", "type_unknown", f"nobody publishes {envelope.type}")
        return None

    def apply(self, cache: Cache, envelope: Envelope, event: Event, batch: Batch) -> None:
        """Fold one foreign event and run the reactions to it, all or nothing.

        Raises:
            whatever the fold or a reaction raised; its writes are undone.
        """
        mark = len(cache.journal)
        step = Changes()
        emitted: list[Emitted] = []
        try:
            if fold := self.service.fold_of.get(envelope.type):
                fold.apply(event, FoldRows(cache, fold, envelope, step))
            cause = cause_of(envelope)
            for reaction in self.service.reactions_to.get(envelope.type, ()):
                rows = self._named(cache, reaction.needs(event), reaction.then, event)
                events = list(reaction.react(event, rows, envelope.time))
                emitted += self._emit(cache, cause, events, step, len(emitted))
        except Missing as missing:
            cache.undo(mark)
            batch.missing.add(missing.need)
            return
        except _Needs as needs:
            cache.undo(mark)
            batch.missing |= needs.missing
            return
        except Exception:
            cache.undo(mark)
            raise
        self._keep(batch, step, emitted)

    # -- commands --------------------------------------------------------------------------------

    def _ask(self, cache: Cache, ask: Ask, batch: Batch, replays: dict[str, Replay | None]) -> None:
        if ask.replay_key:
            if ask.replay_key not in replays:
                batch.asked_keys.add(ask.replay_key)
                return
            known = replays[ask.replay_key] or batch.replays.get(ask.replay_key)
            if known:
                batch.answers.append((ask, _replayed(known, ask)))
                return
        answer = self._decide(cache, ask, batch)
        if answer is None:
            return
        batch.answers.append((ask, answer))
        given = answer if isinstance(answer, Answer) else Answer(answer.status, answer.problem())
        if ask.replay_key and given.status < ServiceError.status:
            batch.replays[ask.replay_key] = Replay(ask.replay_key, ask.fingerprint, given)

    def _decide(self, cache: Cache, ask: Ask, batch: Batch) -> "Answer | ServiceError | None":
        mark = len(cache.journal)
        step = Changes()
        try:
            decision = self.service.decision_on[type(ask.command)]
            rows = self._named(cache, decision.needs(ask.command), decision.then, ask.command)
            yielded, answer = _drain(decision.decide(ask.command, rows, ask.now))
            cause = Cause(ask.id, ask.now, ask.correlation_id, ask.traceparent)
            emitted = self._emit(cache, cause, yielded, step, 0)
        except (Missing, _Needs) as missing:
            cache.undo(mark)
            batch.missing |= missing.missing if isinstance(missing, _Needs) else {missing.need}
            return None
        except ServiceError as refused:
            cache.undo(mark)
            return refused
        except (PydanticSerializationError, UnicodeEncodeError) as unwritable:
            cache.undo(mark)
            return not_storable(unwritable)
        except Exception as bug:  # noqa: BLE001 (it must fail alone, not its neighbours)
            cache.undo(mark)
            failure = ServiceError(
                "bug", "This is our fault; it was recorded.", "系统内部错误，已记录。"
            )
            failure.__cause__ = bug
            return failure
        self._keep(batch, step, emitted)
        return answer

    # -- shared ----------------------------------------------------------------------------------

    def _named(self, cache: Cache, needs: Iterable[Need], then: Any, subject: Any) -> NamedRows:
        first = list(needs)
        _require(cache, first)
        rows = NamedRows(cache, first)
        if then is not None:
            second = list(then(subject, rows))
            _require(cache, second)
            rows.allow(second)
        return rows

    def _emit(
        self, cache: Cache, cause: Cause, yielded: Sequence[Any], step: Changes, ordinal: int
    ) -> list[Emitted]:
        out: list[Emitted] = []
        for thing in yielded:
            if isinstance(thing, Save):
                spec = thing.row.spec
                if spec.kind != "workspace":
                    raise LawBroken(f"{spec.name} is {spec.kind}: only a fold writes it")
                step.rows[spec.name, cache.put(spec, thing.row)] = thing.row
                continue
            self.service.check_emit(thing)
            out.append(self._emit_one(cache, cause, thing, step, ordinal + len(out)))
        return out

    def _emit_one(
        self, cache: Cache, cause: Cause, event: Event, step: Changes, ordinal: int
    ) -> Emitted:
        contract = self.service.publishes
        assert contract is not None
        key = event.key
        envelope = Envelope(
            id=derived(cause.id, f"{event.TYPE}:{ordinal}"),
            type=event.TYPE,
            version=event.VERSION,
            source=self.source,
            time=cause.time,
            key=key,
            correlation_id=_correlation(event, contract.correlates) or cause.correlation_id,
            causation_id=cause.id,
            traceparent=cause.traceparent,
        )
        if fold := self.service.fold_of.get(event.TYPE):
            fold.apply(event, FoldRows(cache, fold, envelope, step))
        return Emitted(envelope, event, written(event), partition_of(key, contract.partitions))

    def _keep(self, batch: Batch, step: Changes, emitted: list[Emitted]) -> None:
        batch.changes.merge(step)
        batch.applied += 1
        for one in emitted:
            one.sequence = batch.sequences.get(one.partition, 0)
            batch.sequences[one.partition] = one.sequence + 1
            batch.emitted.append(one)


def under_its_key(record: Record, envelope: Envelope) -> Event:
    """The event, when it belongs to the key it was sent under.

    Raises:
        ContractError: it cannot be read, or its body names another key.
    """
    event = record.read_event()
    if event.key != envelope.key:
        raise ContractError("key_mismatch", f"record key {envelope.key!r}, body key {event.key!r}")
    return event


class _Needs(Exception):
    """Several needs that memory does not know."""

    def __init__(self, missing: set[Need]) -> None:
        super().__init__()
        self.missing = missing


def _require(cache: Cache, needs: list[Need]) -> None:
    if not cache.complete:
        missing = {need for need in needs if not cache.knows(need)}
        if missing:
            raise _Needs(missing)


def _drain(generator: Any) -> tuple[list[Any], Answer]:
    """All that a decision yields, and its answer: it sees the rows as they were when it began."""
    yielded = []
    while True:
        try:
            yielded.append(next(generator))
        except StopIteration as done:
            answer = done.value
            if isinstance(answer, Answer):
                return yielded, answer
            return yielded, Answer(200, answer if answer is not None else {})


def _correlation(event: Event, fields: tuple[str, ...]) -> str:
    held = event.__dict__
    for name in fields:
        if value := held.get(name):
            return str(value)
    return ""


def _replayed(known: Replay, ask: Ask) -> Answer | ServiceError:
    if known.fingerprint == ask.fingerprint:
        return known.answer
    return Invalid(
        "idempotency_key_reused",
        "This Idempotency-Key was used with another request; take a new key for a new request.",
        "此 Idempotency-Key 已用于另一请求；新请求请使用新的键。",
    )
