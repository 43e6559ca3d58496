"""A log line: one line whatever it says, key=value on a terminal, JSON elsewhere, in UTC."""

import io
import logging
import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.log import get_logger
from reconcile_tui.settings import LogFormat, LogLevel
from tests.unit.log.captured import FORMATS, Terminal, as_json, log_in, logged

UTC_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def fixed() -> None:
    get_logger().info("reconcile.fixed", order="17", stuck_for="45m", what="paid, we missed it", rows=3)


def test_json_lines_hold_the_fields_as_they_are() -> None:
    line = as_json(logged(fixed, LogFormat.JSON))
    stamp = line.pop("timestamp")
    assert isinstance(stamp, str)
    assert UTC_STAMP.fullmatch(stamp)
    assert line == {
        "level": "info",
        "event": "reconcile.fixed",
        "order": "17",
        "stuck_for": "45m",
        "what": "paid, we missed it",
        "rows": 3,
    }


def test_console_lines_are_key_and_value_in_the_order_that_they_were_said() -> None:
    line = logged(fixed, LogFormat.CONSOLE).rstrip("\n")
    stamp, _, rest = line.partition(" ")
    assert UTC_STAMP.fullmatch(stamp)
    assert rest == "[info     ] reconcile.fixed order=17 stuck_for=45m what='paid, we missed it' rows=3"


def test_auto_is_console_on_a_terminal_and_json_elsewhere() -> None:
    with log_in(LogFormat.AUTO, stream=Terminal()) as terminal:
        fixed()
        assert "order" in terminal.getvalue()
        assert "{" not in terminal.getvalue()
    assert as_json(logged(fixed, LogFormat.AUTO))["order"] == "17"


def test_colours_are_for_terminals_alone() -> None:
    assert "\x1b" not in logged(fixed, LogFormat.CONSOLE)
    with log_in(LogFormat.CONSOLE, stream=Terminal()) as terminal:
        fixed()
        assert "\x1b[" in terminal.getvalue()


def test_the_level_is_the_programs_own_and_libraries_speak_from_warning_on() -> None:
    def say() -> None:
        get_logger().debug("reconcile.read", order="17")
        logging.getLogger("httpx").info("GET https://psp/payments/pay_1")
        logging.getLogger("sqlalchemy.engine").warning("pool %s", "full")

    events = [
        line.partition('"event": ')[2]
        for line in logged(say, LogFormat.JSON, level=LogLevel.DEBUG).splitlines()
    ]
    assert [event.split('"')[1] for event in events] == ["reconcile.read", "pool full"]
    assert "reconcile.read" not in logged(say, LogFormat.JSON, level=LogLevel.INFO)


def test_a_librarys_line_looks_like_our_own_and_says_whose_it_is() -> None:
    line = as_json(logged(lambda: logging.getLogger("alembic").error("cannot"), LogFormat.JSON))
    assert (line["level"], line["event"], line["logger"]) == ("error", "cannot", "alembic")


def test_pythons_warnings_go_the_same_way() -> None:
    with log_in(LogFormat.JSON) as stream, warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
        line = as_json(stream.getvalue())
    assert line["logger"] == "py.warnings"


def test_the_last_configuration_holds_and_no_line_comes_twice() -> None:
    with log_in(LogFormat.JSON) as first, log_in(LogFormat.JSON) as second:
        fixed()
        assert (first.getvalue(), len(second.getvalue().splitlines())) == ("", 1)


def fail(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_error_is_one_sentence_without_a_traceback(fmt: LogFormat) -> None:
    def say() -> None:
        try:
            fail("the row\nis gone")
        except ValueError:
            get_logger().exception("reconcile.broken", order="17")

    text = logged(say, fmt)
    assert len(text.splitlines()) == 1
    assert "ValueError: the row" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("fmt", FORMATS)
def test_at_debug_the_traceback_comes_without_variables_and_cannot_be_taken_for_a_line(
    fmt: LogFormat,
) -> None:
    def say() -> None:
        customer = "wanda-in-a-variable"
        try:
            fail(f"row\n2026-11-24T00:00:00Z [info] reconcile.fixed for {len(customer)}")
        except ValueError:
            get_logger().exception("reconcile.broken")

    text = logged(say, fmt, level=LogLevel.DEBUG)
    assert "Traceback" in text
    assert "= 'wanda" not in text
    assert not [line for line in text.splitlines()[1:] if not line.startswith("  | ")]


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_broken_librarys_line_is_named_and_not_repeated(fmt: LogFormat) -> None:
    text = logged(lambda: logging.getLogger("lib").warning("%d", "card 4111111111111111"), fmt)
    assert text == "a log line of lib at WARNING could not be written\n"


def test_a_stream_that_is_gone_stops_nothing() -> None:
    stream = io.StringIO()
    with log_in(LogFormat.JSON, stream=stream):
        stream.close()
        fixed()


@pytest.mark.parametrize("fmt", FORMATS)
@given(foreign=st.text(), key=st.text(min_size=1))
def test_foreign_text_stays_on_its_line_and_cannot_steer_the_terminal(
    fmt: LogFormat, foreign: str, key: str
) -> None:
    def say() -> None:
        get_logger().warning(
            foreign, message=foreign, nested={key: [foreign, foreign.encode("utf-8", "replace")]}
        )
        logging.getLogger("lib").warning("%s", foreign)

    lines = logged(say, fmt).split("\n")
    assert len(lines) == 3
    assert lines[-1] == ""
    assert all(line.isprintable() for line in lines)


def test_a_very_long_text_is_cut() -> None:
    line = as_json(logged(lambda: get_logger().info("reconcile.odd", body="x" * 1_000_000), LogFormat.JSON))
    body = line["body"]
    assert isinstance(body, str)
    assert len(body) == 2_000


def test_values_of_any_depth_and_kind_are_written() -> None:
    loop: list[object] = []
    loop.append(loop)

    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    def say() -> None:
        get_logger().info("reconcile.odd", loop=loop, rude=Rude(), none=None, share=0.5, on=True, some={1})

    line = as_json(logged(say, LogFormat.JSON))
    assert (line["none"], line["share"], line["on"], line["some"]) == (None, 0.5, True, [1])
    assert line["rude"] == "<Rude>"
