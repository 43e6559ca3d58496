"""Acting: who runs a command, and what they are refused before anything is read."""

import getpass

from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.policy import Actor, ActorKind, Role
from reconcile_tui.core.wording import refusal_words
from reconcile_tui.settings import Settings, operator_name


def operator(settings: Settings) -> Actor:
    """Whoever runs this, as the journal names them.

    Raises:
        SettingMissing: nobody knows their name.
    """
    name = operator_name(settings, login=getpass.getuser)
    return Actor(name=name, kind=ActorKind.OPERATOR, role=settings.role)


def refused_to_viewer(actor: Actor, instead: str) -> tuple[str, ...] | None:
    """Why a viewer may not go on, with what they may do instead; None for an operator."""
    return (f"Refused: {refusal_words(Refusal.ROLE)}.", instead) if actor.role is Role.VIEWER else None
