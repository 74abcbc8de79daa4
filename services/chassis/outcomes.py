"""What becomes of a batch: answers handed out, dead letters noted, refusals of the store explained."""

from collections.abc import Iterable

import asyncpg
import structlog

from services.chassis.batch import Batch
from services.chassis.causes import Ask
from services.chassis.errors import ServiceError, not_storable, unanswered

log = structlog.get_logger()

UNSTORABLE = (
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
    ValueError,
    TypeError,
    OverflowError,
)
"""The store, or the way into it, refuses a value; orjson calls that a TypeError."""


def was_answered(refused: Exception) -> bool:
    """Whether the store holds an answer for one of the idempotency keys already."""
    return (
        isinstance(refused, asyncpg.UniqueViolationError)
        and refused.table_name == "replayed_answer"
    )


def refusal(refused: BaseException) -> ServiceError:
    """What to tell whoever asked for it."""
    if isinstance(refused, UNSTORABLE):
        return not_storable(refused)
    failure = ServiceError(
        "bug", "The store refused this; it was recorded.", "系统内部错误，已记录。"
    )
    failure.__cause__ = refused
    return failure


def unknown(asks: Iterable[Ask]) -> Batch:
    """Whether these were served nobody knows, and they are told so."""
    return Batch(answers=[(ask, unanswered()) for ask in asks])


def tell(batch: Batch) -> None:
    """Hand out a batch's answers, and note what was kept as a dead letter."""
    for ask, answer in batch.answers:
        if isinstance(answer, ServiceError) and answer.status == ServiceError.status:
            log.error(
                "decision failed", command=type(ask.command).__name__, exc_info=answer.__cause__
            )
        if ask.future is not None and not ask.future.done():
            ask.future.set_result(answer)  # type: ignore[arg-type]
    for letter in batch.letters:
        log.warning(
            "record kept as dead letter", topic=letter.topic, partition=letter.partition,
            offset=letter.offset, state=letter.state, code=letter.code, event_type=letter.event_type,
        )  # fmt: skip
