"""An orphan's evidence in words: the refunds of its payment at the PSP, whose each is, and the verdict."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconcile_tui.core.decisions import Adopt, Attention, Decision, FailOrphan, Reason, Unreadable
from reconcile_tui.core.findings import LocalRefund
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.orphans import everything_listed
from reconcile_tui.core.psp_states import OrphanEvidence, RefundSeen
from reconcile_tui.core.sides import psp_money
from reconcile_tui.core.wording import reason_words


class Claim(StrEnum):
    """Whose a listed refund is."""

    OTHER_ROW = "another row's"
    NAMES_OTHER_ROW = "names another row"
    THIS_ROW = "this row's"
    """What the verdict adopts."""
    NOBODY = "nobody's"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRefund:
    """A refund that the PSP lists for an orphan's payment. Texts are foreign, as they came.

    Attributes:
        money_agrees: whether amount and currency are the orphan's.
    """

    refund_id: str
    status: str
    money: str
    money_agrees: bool
    created_at: datetime | None
    claim: Claim


def listed_refunds(
    row: LocalRefund, evidence: OrphanEvidence, decision: Decision
) -> tuple[ListedRefund, ...]:
    """Every refund that is listed, in the PSP's order."""
    return tuple(
        ListedRefund(
            refund_id=refund.refund_id,
            status=refund.status.value,
            money=psp_money(refund.amount, refund.currency),
            money_agrees=_same_money(row, refund),
            created_at=refund.created_at,
            claim=_claim(refund, evidence, decision),
        )
        for refund in everything_listed(evidence)
    )


def verdict(row: LocalRefund, evidence: OrphanEvidence, decision: Decision) -> str:
    """What the list proves, in a sentence."""
    listed = everything_listed(evidence)
    unclaimed = [refund for refund in listed if refund.refund_id not in evidence.claimed]
    match decision:
        case Attention(withheld=(Adopt() | FailOrphan()) as withheld):
            return f"{verdict(row, evidence, withheld)} Withheld: {reason_words(decision.reason)}."
        case Adopt(matched_by=("id" | "metadata") as how):
            by = "its id" if how == "id" else "its metadata"
            return f"Exactly one is this row's: {_id(decision)} names it by {by}."
        case Adopt():
            fits = "has its amount, currency and time"
            return f"Exactly one fits: {_id(decision)} {fits}, and nobody claims it."
        case FailOrphan() if not listed:
            return "None is listed, on any page: the PSP never got it."
        case FailOrphan():
            whose = "The one listed is" if len(listed) == 1 else f"All {len(listed)} are"
            return f"{whose} claimed by other rows: the PSP never got this one."
        case Attention(reason=Reason.ORPHAN_AMBIGUOUS):
            fit = sum(_same_money(row, refund) for refund in unclaimed)
            one = evidence.rivals == 1
            rivals = f"{evidence.rivals} other {'orphan asks' if one else 'orphans ask'} for the same"
            fitting = f"{fit} that nobody claims {'has' if fit == 1 else 'have'} this amount"
            return f"Ambiguous: {fitting}{f', and {rivals}' if evidence.rivals else ''}."
        case Attention(reason=Reason.ORPHAN_UNCLAIMED_REFUND):
            are = "1 is" if len(unclaimed) == 1 else f"{len(unclaimed)} are"
            return f"Unproven: {are} claimed by nobody, and nothing proves whose."
        case Attention(reason=reason):
            words = reason_words(reason)
            return f"{words[:1].upper()}{words[1:]}."
        case Unreadable():
            return "The list proves nothing: it is about another payment."
        case _:
            return "The list is looked at only while the refund is open."


def _claim(refund: RefundSeen, evidence: OrphanEvidence, decision: Decision) -> Claim:
    action = decision.withheld if isinstance(decision, Attention) else decision
    if isinstance(action, Adopt) and action.refund_id == refund.refund_id:
        return Claim.THIS_ROW
    if refund.refund_id in evidence.claimed:
        return Claim.OTHER_ROW
    return Claim.NAMES_OTHER_ROW if refund.refund_id in evidence.named else Claim.NOBODY


def _id(decision: Adopt) -> str:
    return harmless(decision.refund_id, limit=60)


def _same_money(row: LocalRefund, refund: RefundSeen) -> bool:
    return row.money is not None and (row.money.minor, row.money.currency) == (refund.amount, refund.currency)
