"""The electronic version: there, in time, and which one when there are several."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.document.rules.facts import Correction, FileIn
from services.document.rules.reasons import Reason, reason
from services.document.rules.requirements import Requirements
from services.document.rules.timeliness import Timely, file_in_time, file_mends


@dataclass(frozen=True, slots=True)
class ElectronicCheck:
    """The state of the electronic version and the file that counts."""

    timely: Timely
    reasons: tuple[Reason, ...]
    file_id: str = ""


def check_electronic(
    requirements: Requirements, files: Sequence[FileIn], corrections: Sequence[Correction]
) -> ElectronicCheck:
    """One electronic version must have reached the server before its channel closed.

    Source: R43, A11. Boundary: of several in time the first or last counts, as the call says; one
    that came after closing never replaces one that came before. While a correction runs a missing
    version may be mended, unless the electronic version itself is what decides about time.
    """
    versions = sorted(
        (f for f in files if f.kind in requirements.electronic_kinds),
        key=lambda f: (f.received_at, f.file_id),
    )
    in_time = [f for f in versions if file_in_time(f, requirements)]
    after = [f for f in versions if not file_in_time(f, requirements)]
    if in_time:
        return _from(requirements, in_time, after)
    mended = [f for f in after if file_mends(f, requirements, corrections)]
    if mended and requirements.authoritative == "paper":
        return ElectronicCheck("late", (), mended[-1].file_id)
    timely: Timely = "late" if after else "unknown"
    absent = _late(requirements, after[0]) if after else reason("electronic_missing")
    return ElectronicCheck(timely, (absent,) if requirements.electronic else ())


def _from(
    requirements: Requirements, in_time: list[FileIn], after: list[FileIn]
) -> ElectronicCheck:
    counts = in_time[0 if requirements.electronic_counts == "first" else -1]
    notes = []
    if (different := len({f.sha256 for f in in_time})) > 1:
        notes.append(
            reason("two_electronic_versions", found=different, which=requirements.electronic_counts)
        )
    if any(f.sha256 != counts.sha256 for f in after):
        notes.append(reason("electronic_after_closing"))
    return ElectronicCheck("on_time", tuple(notes), counts.file_id)


def _late(requirements: Requirements, file: FileIn) -> Reason:
    channel = requirements.channel(file.channel)
    if channel is None:
        return reason("electronic_missing")
    return reason(
        "electronic_late",
        instant=file.received_at.isoformat(),
        closes_before=channel.closes_before.isoformat(),
    )
