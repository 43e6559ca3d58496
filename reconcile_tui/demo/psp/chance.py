"""Chance that is the same in every run."""

from random import Random


def seeded(seed: int | str) -> Random:
    """A source of draws that a seed decides wholly."""
    return Random(seed)  # noqa: S311 - draws that can be repeated are the point; nothing secret comes of them
