"""What a command needs of the settings: each function gives it, or says which setting is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import URL

from reconcile_tui.core.dispatch.endpoint import ShopEndpoint
from reconcile_tui.core.http_client import Outbound
from reconcile_tui.core.proxies import Proxy
from reconcile_tui.settings.database_url import FORMS, parse_database_url
from reconcile_tui.settings.model import Settings
from reconcile_tui.settings.values import name


class SettingMissing(Exception):
    """A command needs a setting that has no value.

    Attributes:
        setting: its environment variable.
        why: what it is needed for.
        what_to_do: the mend, one sentence.
    """

    def __init__(self, setting: str, *, why: str, what_to_do: str) -> None:
        super().__init__(f"{setting} is not set: {why}. {what_to_do}")
        self.setting = setting
        self.why = why
        self.what_to_do = what_to_do


class DatabaseFileMissing(Exception):
    """DATABASE_URL names an SQLite file that is not there: SQLite would make an empty one of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PspAccess:
    """How to reach the PSP.

    Attributes:
        base_url: without a slash at its end.
        unencrypted: http to another machine, which the settings allow: to be shown wherever the PSP is shown.
    """

    base_url: str
    api_key: SecretStr
    merchant_id: str | None
    unencrypted: bool


def database_url(settings: Settings) -> URL:
    """The shop's database, for SQLAlchemy's asynchronous drivers.

    Raises:
        SettingMissing: DATABASE_URL is not set.
    """
    if settings.database_url is None:
        raise SettingMissing(
            "DATABASE_URL",
            why="there is no database to look into",
            what_to_do=f"Set it to one of: {FORMS}; or try the demo shop with --demo",
        )
    return parse_database_url(settings.database_url.get_secret_value())


def require_database_file(url: URL) -> None:
    """A path that was mistyped is no empty shop.

    Raises:
        DatabaseFileMissing: there is no such file.
    """
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise DatabaseFileMissing(url.database)


def psp_access(settings: Settings) -> PspAccess:
    """How to reach the PSP.

    Raises:
        SettingMissing: Hyperswitch is not enabled, or its URL or key is not set.
    """
    if not settings.hyperswitch_enabled:
        raise SettingMissing(
            "HYPERSWITCH_ENABLED",
            why="the PSP may not be asked",
            what_to_do="Set HYPERSWITCH_ENABLED=true, HYPERSWITCH_BASE_URL and HYPERSWITCH_API_KEY",
        )
    if settings.hyperswitch_base_url is None:
        raise SettingMissing(
            "HYPERSWITCH_BASE_URL",
            why="nobody knows where Hyperswitch answers",
            what_to_do="Set it to https://api.hyperswitch.io, "
            "https://sandbox.hyperswitch.io or a server of your own",
        )
    if settings.hyperswitch_api_key is None:
        raise SettingMissing(
            "HYPERSWITCH_API_KEY",
            why="Hyperswitch answers to nobody without a key",
            what_to_do="Set it to the secret API key of the merchant account (snd_… in the sandbox)",
        )
    return PspAccess(
        base_url=settings.hyperswitch_base_url,
        api_key=settings.hyperswitch_api_key,
        merchant_id=settings.hyperswitch_merchant_id,
        unencrypted=settings.psp_is_unencrypted,
    )


def outbound(settings: Settings) -> Outbound:
    """How this machine reaches the PSP, the shop's endpoint and the people who are alerted."""
    proxy = settings.https_proxy
    return Outbound(
        ca_file=settings.ca_file,
        proxy=Proxy.parsed(proxy.get_secret_value()) if proxy else None,
        exempt=settings.no_proxy or "",
    )


def shop_endpoint(settings: Settings) -> ShopEndpoint:
    """Where and how events are POSTed (HTTP dispatch).

    Raises:
        SettingMissing: the endpoint, the key that signs, or the merchant account's id is not set.
    """
    if settings.webhook_url is None:
        raise SettingMissing(
            "RECONCILE_WEBHOOK_URL",
            why="RECONCILE_DISPATCH=http delivers to the shop's own webhook endpoint",
            what_to_do="Set it to the address that Hyperswitch itself would call",
        )
    if settings.hyperswitch_webhook_key is None:
        raise SettingMissing(
            "HYPERSWITCH_WEBHOOK_KEY",
            why="a webhook that is not signed as Hyperswitch signs is refused by the shop",
            what_to_do="Set it to the profile's payment_response_hash_key",
        )
    if settings.hyperswitch_merchant_id is None:
        raise SettingMissing(
            "HYPERSWITCH_MERCHANT_ID",
            why="every event of Hyperswitch's says whose it is, and a handler may look at that",
            what_to_do="Set it as it stands in the events that the shop gets",
        )
    return ShopEndpoint(
        url=settings.webhook_url,
        key=settings.hyperswitch_webhook_key,
        merchant_id=settings.hyperswitch_merchant_id,
        timeout=settings.webhook_timeout,
        at_once=settings.webhook_concurrency,
    )


def operator_name(settings: Settings, *, login: Callable[[], str]) -> str:
    """Who acts, for the journal: RECONCILE_OPERATOR, else the login (`getpass.getuser`).

    Raises:
        SettingMissing: neither is there, or the login is no name that a journal can hold.
    """
    if settings.operator is not None:
        return settings.operator
    try:
        return name(login())
    except (OSError, KeyError, ImportError, ValueError) as error:
        raise SettingMissing(
            "RECONCILE_OPERATOR",
            why="the journal must say who acts, and this machine has no usable login name",
            what_to_do="Set it to your name",
        ) from error
