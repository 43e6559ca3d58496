"""Acting: who runs a command, and what they are refused before anything is read."""

import getpass

from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.policy import Actor, ActorKind, Role
from reconcile_tui.core.wording import next_step
from reconcile_tui.settings import Settings, operator_name


def operator(settings: Settings, *, kind: ActorKind = ActorKind.OPERATOR) -> Actor:
    """Whoever runs this, as the journal names them.

    Args:
        kind: `daemon` where nobody confirms a plan, so that the caps on age and orphans bind.

    Raises:
        SettingMissing: nobody knows their name.
    """
    name = operator_name(settings, login=getpass.getuser)
    return Actor(name=name, kind=kind, role=settings.role)


def refused_to_viewer(
    actor: Actor, *, what: str = "apply", instead: str | None = None
) -> tuple[str, ...] | None:
    """Why a viewer may not go on, a line each; None for an operator.

    Args:
        what: what they may not do, a verb.
        instead: what they may do, as a sentence.
    """
    if actor.role is not Role.VIEWER:
        return None
    return (f"Refused: a viewer may look, not {what}.", instead or next_step(Refusal.ROLE))
