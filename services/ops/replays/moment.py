"""A moment: an instant by the events' own times, or a place in the log as the broker filled it."""

from dataclasses import dataclass
from datetime import datetime

from services.chassis.causes import Record


class MomentUnreadable(ValueError):
    """Neither an instant with an offset nor a place in the log."""

    def __init__(self, said: str) -> None:
        self.en = (
            f"{said!r} is no moment; write 2021-07-12T18:00:00+08:00, or topic/partition/offset."
        )
        self.zh = f"{said!r} 不是时刻；请写成 2021-07-12T18:00:00+08:00 或 主题/分区/位移。"
        super().__init__(self.en)


@dataclass(frozen=True, slots=True)
class Moment:
    """Up to and including an instant, a record, or (neither named) now.

    `through`: topic, partition and offset of a record; `logged_at` is when the broker took it.
    """

    instant: datetime | None = None
    through: tuple[str, int, int] | None = None
    logged_at: int = 0

    @property
    def said(self) -> str:
        """The moment as a person reads it."""
        if self.through:
            return "/".join(map(str, self.through))
        return self.instant.isoformat() if self.instant else "now"

    def includes(self, time: str, logged_at: int, place: tuple[str, int, int]) -> bool:
        """Whether something that happened then, and stands there in the log, is before the moment."""
        if self.through is not None:
            if place[:2] == self.through[:2]:
                return place[2] <= self.through[2]
            return logged_at <= self.logged_at
        return self.instant is None or _instant(time) <= self.instant

    def includes_record(self, record: Record) -> bool:
        """As `includes`, of a record; what has no readable time is included."""
        place = (record.topic, record.partition, record.offset)
        if self.instant is None:
            return self.includes("", record.logged_at, place)
        time = next((v for n, v in record.headers if n == "ce_time"), b"")
        try:
            return self.includes(time.decode(), record.logged_at, place)
        except ValueError:
            return True


def moment_of(said: str) -> Moment:
    """Read `now`, an instant with its offset, or `topic/partition/offset`.

    Raises:
        MomentUnreadable: it is none of these; the message says how to write it.
    """
    if said in ("", "now"):
        return Moment()
    parts = said.rsplit("/", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():  # noqa: PLR2004
        return Moment(through=(parts[0], int(parts[1]), int(parts[2])))
    try:
        instant = _instant(said)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise MomentUnreadable(said)
    return Moment(instant=instant)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
