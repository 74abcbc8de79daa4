"""Commands: what people ask of submission, and the pure decision on each."""

from services.submission.commands.applications import declare_dispatch, withdraw
from services.submission.commands.calls import amend, close, publish
from services.submission.commands.drafts import begin, save
from services.submission.commands.notices import post
from services.submission.commands.objections import raise_objection, resolve_objection
from services.submission.commands.submissions import submit

DECISIONS = [
    publish,
    amend,
    close,
    begin,
    save,
    submit,
    withdraw,
    declare_dispatch,
    post,
    raise_objection,
    resolve_objection,
]
"""Everything that can be asked of this service."""
