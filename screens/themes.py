"""The dashboard's own themes: dark and light, each also in colours that the colour-blind tell apart.

The colour-blind ones take Okabe and Ito's palette (jfly.uni-koeln.de/color): blue for well, orange for look,
vermilion for wrong; no red stands against a green.
"""

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="reconcile",
    primary="#4c9aff",
    secondary="#7f9cc0",
    accent="#f2b84b",
    success="#5cc489",
    warning="#f2b84b",
    error="#ff6b6b",
    foreground="#dfe5ec",
    background="#10151c",
    surface="#161d26",
    panel="#202a36",
)
LIGHT: Final = Theme(
    name="reconcile-light",
    primary="#0b5cad",
    secondary="#44607c",
    accent="#8a5a00",
    success="#14703c",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#1b242e",
    background="#f6f7f9",
    surface="#ffffff",
    panel="#e6eaef",
    dark=False,
)
COLOUR_BLIND: Final = Theme(
    name="colour-blind",
    primary="#56b4e9",
    secondary="#8aa4b8",
    accent="#f0e442",
    success="#56b4e9",
    warning="#e69f00",
    error="#ff8a4c",
    foreground="#e6e6e6",
    background="#101418",
    surface="#171c22",
    panel="#222a33",
)
COLOUR_BLIND_LIGHT: Final = Theme(
    name="colour-blind-light",
    primary="#0072b2",
    secondary="#4d5f6e",
    accent="#7a5a00",
    success="#0072b2",
    warning="#7a5a00",
    error="#a83c00",
    foreground="#1b1f24",
    background="#f7f7f7",
    surface="#ffffff",
    panel="#e6e8ea",
    dark=False,
)
THEMES: Final = (DARK, LIGHT, COLOUR_BLIND, COLOUR_BLIND_LIGHT)
