"""How long something lasts, as a person writes it."""

from datetime import timedelta

from reconcile_tui.core.duration import HOW, parse_duration


def lasting(text: str) -> timedelta | str | None:
    """The length written, None for an empty text, or why it is none."""
    if not text:
        return None
    try:
        length = parse_duration(text)
    except ValueError:
        return f"For how long: {HOW}, or empty."
    return length if length > timedelta(0) else "For how long: more than nothing, or empty."
