"""What leaves the house: receipts, mail, stored files, deadlines, and answers that were not known."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from tests.faults.checker.evidence import Command, Evidence, Mail, Offence


def receipts_false(evidence: Evidence) -> Iterator[Offence]:
    """Every receipt that was handed out verifies offline."""
    for receipt, verifies in evidence.receipts:
        if not verifies:
            yield Offence(
                "receipt", "a receipt that was handed out does not verify", (str(receipt),)
            )


def blobs_missing(evidence: Evidence) -> Iterator[Offence]:
    """Every file an event names is there and hashes to its name."""
    if evidence.blobs is None:
        return
    for said in evidence.of_type["document.file_received"]:
        named = said.body["sha256"]
        if evidence.blobs.get(named) != named:
            found = evidence.blobs.get(named, "nothing")
            yield Offence("blob", f"{named} is stored as {found}", (str(said),))


def mail_wrong(evidence: Evidence) -> Iterator[Offence]:
    """Every letter sent was caught, as the same bytes each time, to its addressee; and nothing else."""
    if evidence.mails is None:
        return
    caught: dict[str, list[Mail]] = defaultdict(list)
    for mail in evidence.mails:
        caught[mail.message_id.strip("<>").partition("@")[0]].append(mail)
    queued = {s.body["message_id"]: s for s in evidence.of_type["notification.message_queued"]}
    for message_id, mails in caught.items():
        said = queued.get(message_id)
        if said is None:
            yield Offence("mail", f"nobody queued {message_id}", tuple(map(str, mails)))
        elif len({m.sha256 for m in mails}) > 1 or mails[0].recipient != said.body["recipient"]:
            yield Offence(
                "mail", f"{message_id} was sent as different mails", tuple(map(str, mails))
            )
    for said in evidence.of_type["notification.message_sent"]:
        if said.body["message_id"] not in caught:
            yield Offence("mail", "recorded as sent, but no mail was caught", (str(said),))


def deadline_misjudged(evidence: Evidence) -> Iterator[Offence]:
    """A submission is taken exactly when it came before its call closed."""
    calls = {
        derived_draft["application_id"]: c.said.get("call_id", "")
        for c in evidence.commands
        if c.path == "/v1/applications" and c.succeeded and c.outcome
        for derived_draft in [c.outcome.body]
    }
    for command in evidence.commands:
        application = command.path.removeprefix("/v1/applications/").removesuffix("/submission")
        closes = evidence.closes_before.get(calls.get(application, ""))
        if not command.path.endswith("/submission") or closes is None or command.outcome is None:
            continue
        if any(answer.at not in ("", command.at) for answer in command.answers):
            continue  # it was asked before and after: the first to arrive counts, and nobody knows which
        in_time = datetime.fromisoformat(command.at) < datetime.fromisoformat(closes)
        if command.succeeded and not in_time:
            yield Offence("deadline", "taken after the call closed", (str(command),))
        if command.refused and in_time and "too_late" in str(command.outcome.body):
            yield Offence("deadline", "refused as late although in time", (str(command),))


def unresolved(evidence: Evidence) -> Iterator[Offence]:
    """Asked again under its key, every command has one true outcome, the same each time."""
    by_cause: dict[str, list[Command]] = defaultdict(list)
    for command in evidence.commands:
        by_cause[command.cause].append(command)
        definite = {(a.status, str(a.body)) for a in command.answers if a.is_definite}
        if not definite:
            yield Offence("unknown", "nobody ever learnt what became of it", (str(command),))
        elif len(definite) > 1:
            yield Offence(
                "unknown", "one key, several outcomes", (str(command), *map(str, definite))
            )
    for same in by_cause.values():
        if sum(command.succeeded for command in same) > 1:
            yield Offence("unknown", "one key, several commands done", tuple(map(str, same)))
