"""ISO 20022 camt.053 statements: the plain parts, with document types and entities refused."""

import re
import xml.etree.ElementTree as ET
from datetime import date

from services.finance.rules.bank.statement import (
    BankLine,
    Parsed,
    RowProblem,
    file_problem,
    statement_of,
    too_large,
    verdict,
)
from services.finance.rules.money import parse_fen
from services.finance.rules.text import compact

_ENCODINGS = {"utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252", "gbk", "gb2312", "gb18030"}
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}encoding=["']([A-Za-z0-9_.-]{1,20})["']""")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class _Unreadable(Exception):
    """A camt file that is not what we can read; carries the problem for the person."""

    def __init__(self, code: str, zh: str, en: str, row: int = 0) -> None:
        super().__init__(code)
        mend = (
            "请从银行重新导出 camt.053 对账单。",
            "Export a camt.053 statement from the bank again.",
        )
        whole = file_problem(code, (zh, en), mend)
        self.problem = RowProblem(code, row, "", *_said(whole)) if row else whole


def _said(problem: RowProblem) -> tuple[str, str, str, str]:
    return problem.what_zh, problem.what_en, problem.mend_zh, problem.mend_en


def parse_camt(data: bytes) -> Parsed:
    """Read one camt.053 statement in CNY, or say why not; nothing is skipped in silence."""
    large = too_large(data)
    if large:
        return verdict(data, "camt.053", None, [large])
    try:
        return _statement(data, _root(data))
    except _Unreadable as refused:
        return verdict(data, "camt.053", None, [refused.problem])


def _root(data: bytes) -> ET.Element:
    declared = _DECLARED.search(data[:200])
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        raise _Unreadable("ENCODING_UNKNOWN", "不支持的编码。", f"Encoding {encoding} is not read.")
    try:
        text = data.decode("utf-8-sig" if encoding.startswith("utf") else encoding)
        if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
            raise _Unreadable("XML_DOCTYPE", "含 DOCTYPE，拒绝读取。", "A DOCTYPE is refused.")
        return ET.fromstring(text)  # noqa: S314 - the line above refuses what makes it unsafe
    except (UnicodeDecodeError, ET.ParseError, ValueError, LookupError) as cause:
        raise _Unreadable("XML_UNREADABLE", "XML 无法读取。", "The XML cannot be read.") from cause


def _statement(data: bytes, root: ET.Element) -> Parsed:
    found = root.findall("{*}BkToCstmrStmt/{*}Stmt")
    if len(found) != 1:
        zh, en = (
            f"应有一份对账单，见到 {len(found)} 份。",
            f"Expected one statement, found {len(found)}.",
        )
        raise _Unreadable("STATEMENT_COUNT", zh, en)
    account = _at(found[0], "Acct/Id/IBAN") or _at(found[0], "Acct/Id/Othr/Id")
    if not compact(account):
        raise _Unreadable("ACCOUNT_MISSING", "没有本方账号。", "Our account is not named.")
    opening, closing = _balance(found[0], _OPENING), _balance(found[0], _CLOSING)
    lines, problems = list[BankLine](), list[RowProblem]()
    for number, entry in enumerate(found[0].findall("{*}Ntry"), start=1):
        try:
            lines.append(_line(number, entry))
        except _Unreadable as refused:
            problems.append(refused.problem)
    return verdict(data, "camt.053", statement_of(account, opening, closing, lines), problems)


def _at(element: ET.Element, path: str) -> str:
    found = element.find("/".join(f"{{*}}{part}" for part in path.split("/")))
    return (found.text or "").strip() if found is not None else ""


def _all(element: ET.Element, name: str) -> list[str]:
    texts = ((found.text or "").strip() for found in element.iter() if _local(found) == name)
    return list(dict.fromkeys(filter(None, texts)))


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _balance(statement: ET.Element, codes: tuple[str, ...]) -> int:
    for balance in statement.findall("{*}Bal"):
        if _at(balance, "Tp/CdOrPrtry/Cd") in codes:
            return _signed(balance, 0)
    raise _Unreadable(
        "OPENING_MISSING", "缺少期初或期末余额。", "Opening or closing balance missing."
    )


def _signed(element: ET.Element, row: int) -> int:
    amount = element.find("{*}Amt")
    fen = parse_fen(amount.text if amount is not None else None)
    if amount is None or not isinstance(fen, int):
        raise _Unreadable("AMOUNT_UNREADABLE", "金额无法识别。", "The amount cannot be read.", row)
    if amount.get("Ccy", "CNY") != "CNY":
        raise _Unreadable("CURRENCY_FOREIGN", "币种不是人民币。", "Not in CNY.", row)
    side = _at(element, "CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise _Unreadable("DIRECTION_UNKNOWN", "借贷方向缺失。", "The direction is missing.", row)
    return fen if side == "CRDT" else -fen


def _line(number: int, entry: ET.Element) -> BankLine:
    amount = _signed(entry, number)
    try:
        booked_on = date.fromisoformat(
            (_at(entry, "BookgDt/Dt") or _at(entry, "BookgDt/DtTm") or _at(entry, "ValDt/Dt"))[:10]
        )
    except ValueError as cause:
        zh, en = "记账日期无法识别。", "The booking date cannot be read."
        raise _Unreadable("DATE_UNREADABLE", zh, en, number) from cause
    if (_at(entry, "Sts/Cd") or _at(entry, "Sts")) in ("PDNG", "INFO"):
        raise _Unreadable("ENTRY_NOT_BOOKED", "该笔尚未入账。", "The entry is not booked.", number)
    if amount == 0:
        raise _Unreadable("AMOUNT_MISSING", "金额为零。", "The amount is zero.", number)
    return _described(BankLine(number, booked_on, amount), entry)


def _described(line: BankLine, entry: ET.Element) -> BankLine:
    party = "Cdtr" if line.amount_fen < 0 else "Dbtr"
    names = _of(entry, f"RltdPties/{party}/Nm", f"RltdPties/{party}/Pty/Nm")
    accounts = _of(entry, f"RltdPties/{party}Acct/Id/IBAN", f"RltdPties/{party}Acct/Id/Othr/Id")
    ends = [end for end in _all(entry, "EndToEndId") if end != "NOTPROVIDED"]
    return BankLine(
        line_no=line.line_no,
        booked_on=line.booked_on,
        amount_fen=line.amount_fen,
        counterparty_name=_only(names),
        counterparty_account=_only(accounts),
        text=" ".join(_all(entry, "Ustrd") + _all(entry, "AddtlNtryInf")),
        bank_reference=_at(entry, "AcctSvcrRef") or _at(entry, "NtryRef"),
        customer_reference=" ".join(ends),
        batch_id=_only(_all(entry, "PmtInfId") or _all(entry, "MsgId")),
    )


def _of(entry: ET.Element, *paths: str) -> list[str]:
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    return list(dict.fromkeys(t for d in details for p in paths if (t := _at(d, p))))


def _only(values: list[str]) -> str:
    """One value, or none when an entry bundles several: a bulk line has no single payee."""
    return values[0] if len(values) == 1 else ""
