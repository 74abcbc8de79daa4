"""The order of the passes, and what becomes of the rest."""

from collections.abc import Iterable, Sequence

from services.finance.rules.bank import BankLine
from services.finance.rules.matching.bulk import match_batches, propose_bulks, propose_splits
from services.finance.rules.matching.model import (
    RULES_VERSION,
    Instruction,
    Match,
    Matching,
    MatchPolicy,
)
from services.finance.rules.matching.named import match_named
from services.finance.rules.matching.returns import match_returns
from services.finance.rules.matching.sheet import Sheet
from services.finance.rules.matching.unnamed import (
    match_by_account,
    match_fees,
    open_duplicates,
    propose_by_name,
)
from services.finance.rules.working_days import CutOff

PASSES = (
    match_named,  # R1 R2 R5, R3 R4 R7 R8 by reference, R10, R11
    match_by_account,  # R6
    match_returns,  # R3
    match_fees,  # R12
    match_batches,  # R8 with a batch id
    open_duplicates,  # R4 without a reference
    propose_splits,  # R7 by account
    propose_bulks,  # R8 without a batch id
    propose_by_name,  # R9
)


def match(
    instructions: Iterable[Instruction],
    lines: Iterable[BankLine],
    at: CutOff,
    policy: MatchPolicy | None = None,
    settled: Sequence[Match] = (),
) -> Matching:
    """Explain every line and every instruction: by a match, or by a break with owner and due day.

    Source: finance model 3.2. Unit: fen; the tolerance is zero. Boundary: windows include both
    ends. The outcome depends on the sets given, never on their order; equal ids count once.
    `settled` are matches signed off before, which stand.
    """
    sheet = Sheet(instructions, lines, settled, policy or MatchPolicy(), at)
    for one_pass in PASSES:
        one_pass(sheet)
    _rest(sheet)
    return Matching(
        RULES_VERSION,
        tuple(sorted(sheet.matches, key=lambda m: (m.lines, m.payments))),
        tuple(sorted(sheet.proposals, key=lambda p: (-p.score, p.lines, p.payments))),
        tuple(sorted(sheet.breaks, key=lambda b: b.id)),
    )


def _rest(sheet: Sheet) -> None:
    """R13: what no rule explained is a break; a payment inside its window is only in time."""
    for line in list(sheet.open_lines.values()):
        code = "UNMATCHED_BANK_DEBIT" if line.amount_fen < 0 else "UNMATCHED_BANK_CREDIT"
        sheet.open(code, [line])
    for payment in list(sheet.open_payments.values()):
        waited = (sheet.at.on - payment.instructed_on).days
        late = waited > sheet.policy.window_days
        sheet.open("UNMATCHED_PAYMENT" if late else "TIMING", [], [payment])
