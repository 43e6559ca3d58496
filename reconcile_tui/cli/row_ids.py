"""Ids as people give them: the shop's own or the PSP's; `order:ID` or `refund:ID` where rows share one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.store import Store
from reconcile_tui.exit_codes import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRows:
    """The rows that ids mean.

    Attributes:
        unknown: ids that no row has.
        ambiguous: ids that several rows have, with the forms that mean one of them.
    """

    refs: tuple[RowRef, ...]
    unknown: tuple[str, ...]
    ambiguous: dict[str, tuple[str, ...]]

    @property
    def are_exact(self) -> bool:
        return not self.unknown and not self.ambiguous

    @property
    def exit_code(self) -> ExitCode:
        """How a command ends for which they are not exact."""
        return ExitCode.NO_SUCH_ROW if self.unknown else ExitCode.USAGE

    def complaints(
        self, untouched: str = "Nothing was read from the PSP and nothing was applied."
    ) -> Iterator[str]:
        """Every id that means no row, or several, and that nothing was done."""
        for each in self.unknown:
            yield f"{ExitCode.NO_SUCH_ROW.meaning.capitalize()}: {each}"
        for each, forms in self.ambiguous.items():
            yield f"Several rows have the id {each}; say which: {', '.join(forms)}"
        yield untouched


async def rows_asked_for(store: Store, ids: Sequence[str]) -> AskedRows:
    """The rows that `ids` mean, each once."""
    found = {asked: await rows_with_id(store, asked) for asked in dict.fromkeys(ids)}
    return AskedRows(
        refs=tuple(dict.fromkeys(refs[0] for refs in found.values() if len(refs) == 1)),
        unknown=tuple(asked for asked, refs in found.items() if not refs),
        ambiguous={
            asked: tuple(exactly(ref) for ref in refs) for asked, refs in found.items() if len(refs) > 1
        },
    )


async def rows_with_id(store: Store, asked: str) -> list[RowRef]:
    """Every row that `asked` may mean; exactly one where it names the kind and the shop's own id."""
    found = await store.findings.look_up(asked)
    kind, _, row_id = asked.partition(":")
    if found or kind not in list(Kind) or not row_id:
        return list(dict.fromkeys(found))
    of_kind = [ref for ref in await store.findings.look_up(row_id) if ref.kind == kind]
    exact = [ref for ref in of_kind if ref.row_id == row_id]
    return list(dict.fromkeys(exact or of_kind))


def exactly(ref: RowRef) -> str:
    """The form that means this row alone."""
    return f"{ref.kind}:{ref.row_id}"


def once_there(asked: str) -> list[RowRef]:
    """What `asked` meant while it was there: of a row that is gone, records still speak by its own id."""
    kind, _, row_id = asked.partition(":")
    if kind in list(Kind) and row_id:
        return [RowRef(Kind(kind), row_id)]
    return [RowRef(each, asked) for each in Kind]
