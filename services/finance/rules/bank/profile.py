"""Bank file profiles as data: which headings mean what, in which layout an amount is written."""

from dataclasses import dataclass

from services.finance.rules.text import folded

# Heading words seen in exports of Chinese banks; the first of each row is the one we write.
HEADINGS: dict[str, tuple[str, ...]] = {
    "date": (
        "记账日期",
        "交易日期",
        "入账日期",
        "记账日",
        "交易日",
        "交易时间",
        "日期",
        "BOOKING DATE",
    ),
    "debit": (
        "借方金额",
        "借方发生额",
        "支出金额",
        "付款金额",
        "转出金额",
        "支出",
        "借方",
        "DEBIT",
    ),
    "credit": (
        "贷方金额",
        "贷方发生额",
        "收入金额",
        "收款金额",
        "转入金额",
        "收入",
        "存入",
        "贷方",
        "CREDIT",
    ),
    "amount": ("交易金额", "发生额", "金额", "AMOUNT"),
    "direction": ("借贷标志", "借贷标识", "借贷方向", "收支标志", "收/支", "借贷", "DC"),
    "balance": ("余额", "账户余额", "本次余额", "交易后余额", "BALANCE"),
    "name": (
        "对方户名",
        "对方名称",
        "对方账户名称",
        "对方单位",
        "对方账户名",
        "交易对方",
        "COUNTERPARTY",
    ),
    "account": ("对方账号", "对方账户", "对方银行账号", "COUNTERPARTY ACCOUNT"),
    "text": ("摘要", "附言", "用途", "备注", "交易说明", "TEXT"),
    "bank_reference": ("交易流水号", "流水号", "核心流水号", "凭证号", "BANK REFERENCE"),
    "customer_reference": ("客户参考号", "业务参考号", "企业流水号", "CUSTOMER REFERENCE"),
    "batch_id": ("批次号", "批量编号", "BATCH"),
    "currency": ("币种", "货币", "CURRENCY"),
}

# Labels that stand above (or below) the table, each followed by its value.
LABELS: dict[str, tuple[str, ...]] = {
    "own_account": ("账号", "本方账号", "查询账号", "账户", "ACCOUNT"),
    "opening": ("期初余额", "上期余额", "承前余额", "OPENING BALANCE"),
    "closing": ("期末余额", "本期余额", "CLOSING BALANCE"),
    "own_currency": ("币种", "货币", "CURRENCY"),
}

TOTALS = ("合计", "总计", "小计", "本页合计", "TOTAL")
BLANK_AMOUNTS = frozenset({"", "-", "--", "---", "—", "——"})
MONEY_OUT = frozenset({"借", "借方", "支出", "支", "出", "转出", "往", "D", "DR", "DBIT"})
MONEY_IN = frozenset({"贷", "贷方", "收入", "收", "入", "转入", "来", "C", "CR", "CRDT"})
OWN_CURRENCY = frozenset({"CNY", "RMB", "人民币", "人民币元", "156", ""})


@dataclass(frozen=True, slots=True)
class Profile:
    """One layout of a bank table, known by the columns it cannot do without."""

    name: str
    required: tuple[str, ...]


# The first whose required columns are all there is used, so the most specific come first.
PROFILES = (
    Profile("debit_credit", ("date", "debit", "credit")),
    Profile("amount_direction", ("date", "amount", "direction")),
    Profile("signed_amount", ("date", "amount")),
)


def heading_fields(cells: list[str]) -> dict[str, list[int]]:
    """Which columns hold which field; a unit in brackets after a heading is ignored."""
    fields: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        word = folded(cell).partition("(")[0]
        for field, words in HEADINGS.items():
            if word and word in {folded(known) for known in words}:
                fields.setdefault(field, []).append(index)
    return fields


def profile_for(fields: dict[str, list[int]]) -> Profile | None:
    """The layout that a heading row announces, or None when it is not a heading row."""
    return next((p for p in PROFILES if all(field in fields for field in p.required)), None)


def label_of(text: str) -> str | None:
    """Which label a cell is, colon or not."""
    word = folded(text).rstrip(":")
    return next((k for k, words in LABELS.items() if word in {folded(w) for w in words}), None)
