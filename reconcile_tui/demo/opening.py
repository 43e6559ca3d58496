"""Opening the demo: a demo session as settings, for whatever runs on it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from reconcile_tui.demo.going_on import Pace
from reconcile_tui.demo.session import DemoSession, demo_session
from reconcile_tui.settings import Loaded, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDemo:
    """An open demo, and the settings of a program that works on it."""

    loaded: Loaded
    session: DemoSession

    @property
    def reported(self) -> str:
        return self.session.reported


@asynccontextmanager
async def opened_demo(
    env: Mapping[str, str], cwd: Path, *, pace: Pace | None = None
) -> AsyncIterator[OpenDemo]:
    """The demo shop and the simulated PSP, for as long as the context is open.

    Files are not looked at, and of the environment neither database nor PSP.

    Args:
        env: the environment that all other settings are read from.
        pace: how the incident goes on while the context is open; None: it stands still.
    """
    async with demo_session(pace=pace) as session:
        timeouts = session.timeouts
        overrides: dict[str, object] = {
            "production": False,
            "database_url": session.database_url.render_as_string(hide_password=False),
            "timezone": "UTC",
            "hyperswitch_enabled": True,
            "hyperswitch_base_url": session.base_url,
            "hyperswitch_api_key": session.api_key.get_secret_value(),
            "hyperswitch_merchant_id": session.merchant_id,
            "psp_connect_timeout": timedelta(seconds=timeouts.connect),
            "psp_read_timeout": timedelta(seconds=timeouts.read),
            "psp_total_timeout": timedelta(seconds=timeouts.call),
        }
        own = {name: value for name, value in env.items() if name not in _NOT_IN_DEMO}
        loaded = load_settings(context=None, env=own, cwd=cwd, overrides=overrides, read_files=False)
        yield OpenDemo(loaded=loaded, session=session)


_NOT_IN_DEMO: Final = (
    "RECONCILE_CONFIG",
    "RECONCILE_CONTEXT",
    "RECONCILE_DISPATCH",
    "RECONCILE_WEBHOOK_URL",
    "RECONCILE_ALERT_URL",
)
"""Files are not looked at, and nothing of a demo may reach a shop or a channel that is real."""
