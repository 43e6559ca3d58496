"""What is wider than what can be seen ends with a mark, and never with half a letter."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from reconcile_tui.core.foreign_text import MARK
from reconcile_tui.screens.cells import cut, sized


def test_a_line_that_is_cut_says_so() -> None:
    assert cut("order o-1  42.00 EUR  unchanged", 24) == "order o-1  42.00 EUR  u…"
    assert cut("order o-1  42.00 EUR  unchanged", 22) == "order o-1  42.00 EUR…"
    assert cut("order o-1", 9) == "order o-1"


@given(st.text(alphabet="ab 注文é", max_size=40), st.integers(min_value=1, max_value=50))
def test_a_cut_line_fits_its_cells_and_loses_nothing_unsaid(text: str, width: int) -> None:
    seen = cut(text, width)
    assert cell_len(seen) <= width
    assert seen == text or (seen.endswith(MARK) and cell_len(text) > width)


@given(st.text(alphabet="ab 注文é", max_size=40), st.integers(min_value=0, max_value=50), st.booleans())
def test_a_sized_text_has_exactly_its_cells(text: str, width: int, to_the_right: bool) -> None:
    assert cell_len(sized(text, width, to_the_right=to_the_right)) == width
