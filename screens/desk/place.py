"""The place: where this dashboard works and as whom, so that every screen can say it by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from reconcile_tui.core.policy import Actor, Mode, Policy, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where, and as whom.

    Attributes:
        context: the name of the context in the TOML file; `demo` with --demo; None where there is none.
        production: whether this is production. A context is, unless it says otherwise.
        database: its URL without the password.
        psp: where the PSP answers.
        shop: the host that events are POSTed to; None where the tool writes the shop's tables itself.
        psp_page: the PSP's own page about a payment, with `{payment_id}`; None where nobody set one.
        stale_after: data older than this locks writing.
        refresh: how often the lists follow the database, at best.
        theme: the theme that the settings ask for; None: what was chosen last.
        keymap: other keys, by action name.
        reported: with the demo, what was reported; one sentence.
    """

    context: str | None
    production: bool
    database: str
    psp: str
    actor: Actor
    policy: Policy
    psp_unencrypted: bool = False
    shop: str | None = None
    shop_unencrypted: bool = False
    psp_page: str | None = None
    stale_after: timedelta = timedelta(seconds=30)
    refresh: timedelta = timedelta(seconds=2)
    theme: str | None = None
    keymap: Mapping[str, str] = field(default_factory=dict)
    reported: str | None = None

    @property
    def is_demo(self) -> bool:
        return self.reported is not None

    @property
    def may_write(self) -> bool:
        """Whether whoever sits here may change anything."""
        return self.actor.role is not Role.VIEWER

    @property
    def mode(self) -> Mode:
        return self.policy.mode

    @property
    def name(self) -> str:
        """The context in a word, for people; without one, the database's name."""
        return self.context or ("production" if self.production else database_name(self.database))


def database_name(address: str) -> str:
    """The host and the name of a database, without its user; of a file its name. Foreign text."""
    host, path = host_and_path(address)
    name = path.partition("?")[0].rpartition("/")[2]
    return f"{host}/{name}" if host else name


def host_and_path(address: str) -> tuple[str, str]:
    """Cut by hand: a paint must not fail for a bracket that urllib refuses."""
    _, _, rest = address.rpartition("://")
    host, _, path = rest.partition("/")
    return host.rpartition("@")[2], path
