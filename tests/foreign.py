"""Texts of others at their worst: what some renderer or terminal takes for more than text."""

from hypothesis import strategies as st

SIGNS = st.text(alphabet="ab c.|`\\*_[]()<>!&;:/@#~$^=-+'\"{}\n\tw1hmtps\x1b\u202e", max_size=40)
ADDRESSES = (
    *("https://evil.example", "www.evil.example", "evil.example", "HTTP://x", "ftp://q", "//evil.example"),
    *("carla@example.com", "mailto:a@b.example", "xmpp:a@b.example", "@alice", "#12", ":smile:", "$x$"),
)
MARKUP = (
    *("<b>", "</td>", "<script>alert(1)</script>", "<javascript:alert(1)>", "<!--", "-->", "&lt;", "&#60;"),
    *("[x](y)", "![x](y)", "[a]: b", "[[x]]", "`", "``", "|", "\\", "\\|", "\\`", "*", "**", "_", "~~"),
)
SIGNS_OF_BLOCKS = ("- ", "1. ", "2) ", "# ", "> ", "---", "===", "| --- |", "\n", "\r\n", "    ")
PIECES = st.lists(
    st.sampled_from([*ADDRESSES, *MARKUP, *SIGNS_OF_BLOCKS, " ", "x", "é", "…"]), max_size=10
).map("".join)
ANY = st.one_of(SIGNS, PIECES, st.text(max_size=30))
