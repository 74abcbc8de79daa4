"""Act five: agreements, payments, a bank that prints what banks print, and books that agree to the fen."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

from services.cli.season.cast import Cast, Player
from services.cli.season.office import CHECKER, MAKER, OFFICER, TREASURER, Office
from services.finance.rules.bank import BankLine, Statement, write_csv
from services.finance.rules.bank.statement import statement_of

ACCOUNT = "11001045300056000123"
RETURNED = 2
"""So many first payments come back: the payee's account number was written wrong."""


@dataclass
class Bank:
    """A fictional bank: it does what it is told and prints a statement now and then."""

    balance_fen: int
    random: Random

    def statement(self, lines: list[BankLine]) -> bytes:
        """A month's file, opening where the last one closed."""
        opening = self.balance_fen
        self.balance_fen += sum(line.amount_fen for line in lines)
        ordered = sorted(
            lines, key=lambda line: (line.booked_on, line.customer_reference, line.amount_fen)
        )
        made: Statement = statement_of(ACCOUNT, opening, self.balance_fen, ordered)
        return write_csv(made)

    def paid(self, payment: dict[str, Any], on: str) -> BankLine:
        """A payment as printed: with our reference, hidden in text, or reformatted."""
        reference = payment["reference"]
        style = self.random.choice(("clean", "clean", "clean", "text", "bare"))
        return BankLine(
            line_no=0,
            booked_on=date.fromisoformat(on),
            amount_fen=-payment["amount_fen"],
            counterparty_name=payment["payee_name"],
            counterparty_account=payment["payee_account"],
            text=f"项目经费 {reference}" if style == "text" else "项目经费",
            customer_reference={"clean": reference, "bare": reference.replace("-", "")}.get(
                style, ""
            ),
        )

    def returned(self, line: BankLine, on: str, reference: str) -> BankLine:
        """The same money coming back."""
        return replace(
            line, amount_fen=-line.amount_fen, booked_on=date.fromisoformat(on),
            text=f"退票 {reference}", customer_reference=reference,
        )  # fmt: skip

    def other(self, on: str, amount_fen: int, text: str) -> BankLine:
        """A fee or interest."""
        return BankLine(
            line_no=0, booked_on=date.fromisoformat(on), amount_fen=amount_fen, text=text
        )


async def contract(office: Office, winners: list[tuple[str, Player]]) -> None:
    """Award holders register as suppliers and sign; the first instalment falls due."""
    await asyncio.gather(
        *(_contract(office, application, player) for application, player in winners)
    )


async def _contract(office: Office, application: str, player: Player) -> None:
    await _register(office, player, f"6222{player.number:012d}", "2021-08-31")
    path = f"/v1/applications/{application}"
    await office.post(
        OFFICER,
        "2021-09-06T10:00:00+08:00",
        "finance",
        f"{path}/agreement",
        {"signed_on": "2021-09-06"},
    )
    await _release(office, application, 1, "agreement_signed", "2021-09-07T09:00:00+08:00")


async def _register(office: Office, player: Player, account: str, day: str) -> None:
    body = {
        "supplier_name": player.name,
        "bank_account": account,
        "bank_name": "虚构银行",
        "valid_from": day,
    }
    path = f"/v1/applicants/{player.id}/supplier-registration"
    await office.post(MAKER, f"{day}T10:00:00+08:00", "finance", path, body)


async def _release(office: Office, application: str, number: int, condition: str, at: str) -> None:
    path = f"/v1/applications/{application}/tranches/{number}/release"
    await office.post(OFFICER, at, "finance", path, {"condition": condition})


async def pay(
    office: Office, winners: list[tuple[str, Player]], number: int, day: str
) -> dict[str, dict[str, Any]]:
    """One instalment of every award: prepared by one, checked by another. Application → instruction."""
    paid = await asyncio.gather(
        *(_pay(office, application, number, day) for application, _ in winners)
    )
    return {application: one for (application, _), one in zip(winners, paid, strict=True)}


async def _pay(office: Office, application: str, number: int, day: str) -> dict[str, Any]:
    path = f"/v1/applications/{application}/tranches/{number}/payment"
    await office.post(MAKER, f"{day}T10:00:00+08:00", "finance", path)
    return await office.post(
        CHECKER, f"{day}T14:00:00+08:00", "finance", f"{path}/approval", {"instructed_on": day}
    )


async def first_instalment(
    office: Office, call_id: str, bank: Bank, winners: list[tuple[str, Player]]
) -> None:
    """Pay 70 %; two payments come back, are registered anew and paid again."""
    instructions = await pay(office, winners, 1, "2021-09-08")
    lines = {a: bank.paid(i, "2021-09-09") for a, i in instructions.items()}
    wrong = bank.random.sample(winners, min(RETURNED, len(winners)))
    back = [bank.returned(lines[a], "2021-09-13", instructions[a]["reference"]) for a, _ in wrong]
    fee = bank.other("2021-09-21", -3_000, "账户管理费")
    await _import(
        office, call_id, bank.statement([*lines.values(), *back, fee]), "2021-09-30T09:00:00+08:00"
    )
    for _, player in wrong:
        await _register(office, player, f"6228{player.number:012d}", "2021-10-08")
    again = await pay(office, wrong, 1, "2021-10-11")
    interest = bank.other("2021-10-20", 12_345, "结息")
    paid = [bank.paid(i, "2021-10-12") for i in again.values()]
    await _import(office, call_id, bank.statement([*paid, interest]), "2021-10-31T09:00:00+08:00")


async def second_instalment(
    office: Office, call_id: str, bank: Bank, winners: list[tuple[str, Player]]
) -> None:
    """March 2022: accepted, the rest is paid, costs are accounted for, grants are closed."""
    await asyncio.gather(
        *(
            _release(office, a, 2, "acceptance_passed", "2022-03-20T09:00:00+08:00")
            for a, _ in winners
        )
    )
    instructions = await pay(office, winners, 2, "2022-03-22")
    lines = [bank.paid(i, "2022-03-23") for i in instructions.values()]
    await _import(office, call_id, bank.statement(lines), "2022-03-30T09:00:00+08:00")


async def account_for(office: Office, call_id: str, winners: list[tuple[str, Player]]) -> None:
    """Every advance is cleared by accepted cost; nothing is owed any more, so grants close."""
    grants = await office.get(
        MAKER, "2022-03-30T10:00:00+08:00", "finance", f"/v1/calls/{call_id}/grants"
    )
    amounts = {g["application_id"]: g["committed_fen"] for g in grants["grants"]}
    await asyncio.gather(*(_account_for(office, a, amounts[a]) for a, _ in winners))


async def _account_for(office: Office, application: str, amount_fen: int) -> None:
    path = f"/v1/applications/{application}"
    meetings = amount_fen * 6 // 10
    lines = {"meeting": meetings, "international_cooperation": amount_fen - meetings}
    for number, (line, fen) in enumerate(lines.items()):
        body = {"report_id": "final", "line": line, "amount_fen": fen}
        await office.post(
            MAKER, f"2022-03-30T11:0{number}:00+08:00", "finance", f"{path}/expenditures", body
        )
    await office.post(MAKER, "2022-03-30T15:00:00+08:00", "finance", f"{path}/closing")


async def _import(office: Office, call_id: str, data: bytes, at: str) -> dict[str, Any]:
    return await office.post(
        TREASURER, at, "finance", f"/v1/calls/{call_id}/statements", content=data, media="text/csv"
    )


async def resolve(office: Office, call_id: str) -> None:
    """The two returned payments were paid again: one person says so, another agrees."""
    path = f"/v1/calls/{call_id}/breaks"
    at = "2022-03-30T16:00:00+08:00"
    found = (await office.get(TREASURER, at, "finance", path))["breaks"]
    words = {"resolution": "收款账户更正后已重新支付（虚构）"}
    for one in found:
        if one["status"] == "open":
            about = f"{path}/{one['break_id']}"
            await office.post(MAKER, at, "finance", f"{about}/proposal", words)
            await office.post(TREASURER, at, "finance", f"{about}/resolution", words)


async def reconcile(office: Office, call_id: str) -> dict[str, Any]:
    """The treasurer prepares, finance signs."""
    path = f"/v1/calls/{call_id}/reconciliation"
    prepared = await office.post(
        TREASURER, "2022-03-31T10:00:00+08:00", "finance", path, {"as_of": "2022-03-31"}
    )
    body = {"report_sha256": prepared["report_sha256"]}
    await office.post(CHECKER, "2022-03-31T16:00:00+08:00", "finance", f"{path}/signature", body)
    return prepared


def winners_of(
    cast: Cast, applications: dict[str, str], decisions: list[dict[str, Any]]
) -> list[tuple[str, Player]]:
    """Who was awarded, in order of application id."""
    by_application = {applications[p.id]: p for p in cast.players if applications.get(p.id)}
    awarded = sorted(d["application_id"] for d in decisions if d["decision"] == "awarded")
    return [(a, by_application[a]) for a in awarded]
