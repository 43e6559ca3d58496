"""The settings: every value the program can be told, each documented under itself.

Defaults of what the core holds to are the core's own, so that they cannot drift. Where values come from
is `reconcile_tui.settings.load`'s business; nothing here reads a file or the environment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import AliasGenerator, PrivateAttr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from reconcile_tui.core.loopback import is_loopback
from reconcile_tui.core.policy import Mode, Policy, Role
from reconcile_tui.core.proxies import Proxy
from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.pooler import Pooler
from reconcile_tui.settings.database_url import parse_database_url, secrets_of
from reconcile_tui.settings.names import environment_name
from reconcile_tui.settings.origins import DEFAULT, Origin
from reconcile_tui.settings.sources import Source
from reconcile_tui.settings.values import (
    AlertAt,
    ApiKey,
    BaseUrl,
    BatchLimit,
    CaFile,
    DatabaseUrl,
    Dispatch,
    Exemptions,
    FilePath,
    HeaderSecret,
    Keymap,
    ListenAddress,
    LogFormat,
    LogLevel,
    LongDuration,
    Minimum,
    Name,
    OrphanLimit,
    PageTemplate,
    PlanAge,
    ProxyAddress,
    Rate,
    Share,
    ShortDuration,
    Simultaneous,
    StuckAfter,
    SweepInterval,
    TimeOut,
    WebAddress,
    ZoneName,
)

_POLICY = Policy()
_LEASE_MARGIN = timedelta(seconds=20)
"""What a row's lease lasts longer than a slow answer and the wait for its effect."""
_DATABASE = DatabaseLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What two or more values must keep to. `sentence` names them by their environment variables."""

    fields: tuple[str, ...]
    holds: Callable[["Settings"], bool]
    sentence: str


class DoNotFit(ValueError):
    """Values that are allowed each by itself do not fit each other."""

    def __init__(self, checks: tuple[Check, ...]) -> None:
        super().__init__("; ".join(check.sentence for check in checks))
        self.checks = checks


class Settings(BaseSettings):
    """Everything in force, validated. Built by `load_settings`."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=environment_name),
        case_sensitive=True,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    config: FilePath | None = None
    """The TOML file. Without it: reconcile.toml in the current folder, else config.toml in the user's
    configuration folder for reconcile-tui."""

    context: Name | None = None
    """Which [context.NAME] of the TOML file is meant. Needed where the file has several."""

    production: bool = True
    """Whether this context is production: the screens say so, and ask before they change anything."""

    database_url: DatabaseUrl | None = None
    """The shop's database, which also holds the tool's own tables. Special characters of a password are
    written as %40 (@), %2F (/), %3A (:). libpq's forms too: a socket's folder (postgresql://user@%2Frun%2Fpg/name),
    several hosts (postgresql://user@db-1:5432,db-2:5432/name, whichever may be written to), and its options
    (?sslmode=verify-full)."""

    own_schema: Name | None = None
    """The schema that holds the tool's own tables (PostgreSQL). Without it: the one where they are found,
    whatever the search path; where there are none yet, init-db makes them in the first schema of the search
    path. One set is for every process: a pause in a second one would not bind who uses the first."""

    database_connect_timeout: TimeOut = _DATABASE.connect
    """How long opening a connection to the database may take."""

    database_statement_timeout: TimeOut = _DATABASE.statement
    """How long one statement may run before the database ends it."""

    database_lock_timeout: TimeOut = _DATABASE.lock
    """How long a statement may wait for a lock that another transaction holds."""

    database_idle_timeout: TimeOut = _DATABASE.idle_in_transaction
    """How long a transaction may stand idle before the database ends it."""

    database_pool_size: Simultaneous = _DATABASE.pool_size
    """Connections to the database at once (PostgreSQL; SQLite always has one)."""

    database_pooler: Pooler = Pooler.AUTO
    """Whether a connection pooler (PgBouncer, RDS Proxy …) stands before PostgreSQL. auto: each connection is
    looked at, and prepares its statements only where it leads straight to the server. yes: there is one, and
    nothing is prepared. no: there is none, or one in session mode. What PgBouncer in transaction mode needs:
    options such as search_path are given to the role (ALTER ROLE … SET), not in DATABASE_URL; see
    docs/operations.md."""

    ca_file: CaFile | None = None
    """A PEM file of certificates that are trusted beside the public authorities and this machine's own
    (SSL_CERT_FILE, SSL_CERT_DIR): for a PSP, shop or alert webhook behind an authority of one's own."""

    https_proxy: ProxyAddress | None = None
    """The proxy that https:// addresses are reached through (PSP, shop, alerts): http://proxy.example:3128,
    with user:password@ before the host where it asks for them. Heard as https_proxy too. http:// addresses,
    the database and this machine itself are reached directly."""

    no_proxy: Exemptions | None = None
    """What is reached without the proxy: hosts and their subdomains, addresses, networks (10.0.0.0/8), each
    with :port if need be, separated by commas; * for everything. Heard as no_proxy too."""

    hyperswitch_enabled: bool = False
    """Whether Hyperswitch may be asked at all. Without it nothing is read from the PSP."""

    hyperswitch_base_url: BaseUrl | None = None
    """Where Hyperswitch answers: https://api.hyperswitch.io, https://sandbox.hyperswitch.io or a server of
    one's own. https only, this machine aside."""

    hyperswitch_allow_http: bool = False
    """Allow http:// for a server inside a cluster. The API key then travels unencrypted."""

    hyperswitch_api_key: ApiKey | None = None
    """The secret API key of the merchant account. Used for reads alone."""

    hyperswitch_merchant_id: Name | None = None
    """The merchant account's id, as it stands in webhooks. RECONCILE_DISPATCH=http needs it."""

    hyperswitch_webhook_key: HeaderSecret | None = None
    """The profile's payment_response_hash_key: signs synthetic webhooks as Hyperswitch would."""

    psp_rate: Rate = 20.0
    """Requests a second towards the PSP, for everything in the process."""

    psp_concurrency: Simultaneous = 16
    """Requests towards the PSP that may be under way at once."""

    psp_connect_timeout: TimeOut = timedelta(seconds=5)
    """How long connecting to the PSP may take."""

    psp_read_timeout: TimeOut = timedelta(seconds=35)
    """How long the PSP may stay silent. A forced read waits for the processor, which may take 30s."""

    psp_total_timeout: TimeOut = timedelta(seconds=40)
    """How long one read may take in all."""

    breaker_minimum: Minimum = _POLICY.breaker_minimum
    """Reads that a phase must have seen before its circuit breaker judges."""

    breaker_share: Share = _POLICY.breaker_share
    """The share of failed, not-found or refused reads that ends a phase."""

    mode: Mode = _POLICY.mode
    """heal, or observe: plan and report, change nothing. Binds the daemon and --once, not a plan that a
    person confirmed."""

    role: Role = Role.OPERATOR
    """What whoever runs this may do. A viewer applies nothing."""

    operator: Name | None = None
    """Your name in the journal. Without it: your login."""

    dispatch: Dispatch = Dispatch.DATABASE
    """How an event reaches the shop. database: the tool's own guarded handlers write the shop's tables.
    http: the event is POSTed to the shop's own webhook endpoint, signed as Hyperswitch signs; the tool then
    only reads the shop's tables."""

    webhook_url: WebAddress | None = None
    """The shop's webhook endpoint for Hyperswitch (HTTP dispatch). A secret: some shops put one in its
    path. https only, this machine aside."""

    webhook_allow_http: bool = False
    """Allow http:// for an endpoint inside a cluster. Customers' data then travel unencrypted."""

    webhook_timeout: TimeOut = timedelta(seconds=10)
    """How long the shop's endpoint may take to answer. Hyperswitch itself waits 5s."""

    webhook_concurrency: Simultaneous = _POLICY.deliveries_at_once
    """Events that may be on their way to the shop's endpoint at once."""

    worker_enabled: bool = True
    """Whether a daemon may sweep. false keeps every --daemon from starting: it says so, and ends."""

    shutdown_timeout: ShortDuration = timedelta(seconds=20)
    """How long rows in flight may take to end once a daemon or a dashboard was told to stop."""

    sweep_lease: ShortDuration = timedelta(seconds=30)
    """How long a daemon that no longer answers keeps its turn: then a standby takes over."""

    metrics_address: ListenAddress | None = None
    """Where a daemon serves /metrics, /healthz and /readyz. Not set: nowhere. A port alone means loopback."""

    alert_url: WebAddress | None = None
    """A webhook in Slack's format that a daemon tells when a threshold is crossed, and when that is over."""

    alert_backlog: AlertAt = 50
    """Stuck rows, those that wait on the customer aside, from which on people are alerted."""

    alert_attention: AlertAt = 10
    """Unacknowledged attention items from which on people are alerted."""

    interval: SweepInterval = _POLICY.interval
    """From one tick to the next, and the unit in which a row that stays open is looked at less often."""

    order_stuck_after: StuckAfter = _POLICY.order_stuck_after
    """An order pending for longer is stuck."""

    refund_stuck_after: StuckAfter = _POLICY.refund_stuck_after
    """A refund pending for longer, with the PSP's id, is stuck."""

    refund_orphan_after: StuckAfter = _POLICY.refund_orphan_after
    """A refund pending for longer, without the PSP's id, is an orphan."""

    batch_limit: BatchLimit = _POLICY.batch_limit
    """Rows of a phase that one tick looks at."""

    drain: bool = _POLICY.drain
    """Let a daemon's tick go on with batches until nothing is due, for at most half an interval. The rate and
    concurrency limits of the PSP hold."""

    orphan_auto_limit: OrphanLimit = _POLICY.orphan_auto_limit
    """Orphans that the daemon may fail by itself in one interval, those that it withheld counted in. Were
    there more, it fails none and leaves them to an operator, until an operator fails them."""

    timezone: ZoneName | None = None
    """The time zone of the shop's dates where their column has none (mapping.timezone says the same). While
    it is not known, orphan refunds are not checked. Columns that have a time zone do not need it."""

    orphans_trust_clock: bool = _POLICY.trust_row_times
    """Check orphan refunds although the time zone of their dates is not known, or looks wrong. If it is
    wrong, a refund can be failed while the shop is still sending it."""

    auto_max_age: LongDuration = _POLICY.auto_max_age
    """Rows older than this are never changed by the daemon: a person must confirm."""

    fresh_for: ShortDuration = _POLICY.fresh_for
    """How old a plan's read of the PSP may be when it is applied; an older one is read again."""

    webhook_grace: ShortDuration = _POLICY.webhook_grace
    """How long the real webhook is waited for after a forced read (HTTP dispatch)."""

    settle_timeout: ShortDuration = _POLICY.settle_timeout
    """How long a delivered event may take to show in the row."""

    plan_max_age: PlanAge = timedelta(minutes=15)
    """How old a plan in a file may be when it is applied."""

    reversal_watch: LongDuration = _POLICY.reversal_watch
    """How long rows that the tool itself failed, and refunds that succeeded, are looked at again: some are
    paid, or sent back by the bank, days later."""

    refresh: ShortDuration = timedelta(seconds=2)
    """How often the dashboard's lists follow the database, at best: a slow one is asked less often."""

    stale_after: ShortDuration = timedelta(seconds=30)
    """Data older than this lock everything that writes in the dashboard, until a read succeeds."""

    psp_page: PageTemplate | None = None
    """The PSP's own page of a payment, which the dashboard leads to: https://host/…/{payment_id}."""

    theme: Name | None = None
    """The dashboard's colours: reconcile, reconcile-light, colour-blind, colour-blind-light, or one of
    Textual's. Without it: what was chosen last."""

    keymap: Keymap | None = None
    """Other keys for the dashboard's actions, by action name: {sync = "x", filter = "f"}. Its help lists the
    names. What changes rows stays off enter, the arrows and ctrl keys."""

    log_format: LogFormat = LogFormat.AUTO
    """How log lines on stderr look: console (key=value), json, or auto: console on a terminal, else json."""

    log_level: LogLevel = LogLevel.INFO
    """The least level that is logged. debug also prints tracebacks, without variables."""

    shop_mapping: dict[str, object] | None = None
    """Where the shop keeps its orders and refunds: tables, columns, words. Without it: the demo shop's."""

    _origins: Mapping[str, Origin] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _values_fit_each_other(self) -> Self:
        failed = tuple(check for check in _CHECKS if not check.holds(self))
        if failed:
            raise DoNotFit(failed)
        return self

    @classmethod
    def from_sources(cls, sources: Sequence[Source]) -> Self:
        """The settings that `sources` give, the first one that knows a value winning.

        Raises:
            pydantic.ValidationError: a value is not allowed; its text holds no value.
        """
        settings = cls(_build_sources=(tuple(sources), {}))
        settings._origins = {name: source.origin(name) for source in reversed(sources) for name in source()}
        return settings

    def where(self, field: str) -> Origin:
        """Where a field's value came from."""
        return self._origins.get(environment_name(field), DEFAULT)

    @property
    def psp_is_unencrypted(self) -> bool:
        """Whether the PSP is another machine reached over http, which the settings allow."""
        return _is_unencrypted(self.hyperswitch_base_url or "https://")

    @property
    def webhook_is_unencrypted(self) -> bool:
        """Whether the shop's endpoint is another machine reached over http, which the settings allow."""
        return self.webhook_url is not None and _is_unencrypted(self.webhook_url.get_secret_value())

    @property
    def webhook_host(self) -> str | None:
        """The host of the shop's endpoint: the part of its address that may be shown."""
        return urlsplit(self.webhook_url.get_secret_value()).hostname if self.webhook_url else None

    def policy(self) -> Policy:
        """The limits the core holds to."""
        return Policy(
            interval=self.interval,
            order_stuck_after=self.order_stuck_after,
            refund_stuck_after=self.refund_stuck_after,
            refund_orphan_after=self.refund_orphan_after,
            batch_limit=self.batch_limit,
            drain=self.drain,
            reads_at_once=self.psp_concurrency,
            orphan_auto_limit=self.orphan_auto_limit,
            trust_row_times=self.orphans_trust_clock,
            auto_max_age=self.auto_max_age,
            reversal_watch=self.reversal_watch,
            fresh_for=self.fresh_for,
            webhook_grace=self.webhook_grace,
            settle_timeout=self.settle_timeout,
            deliveries_at_once=self.webhook_concurrency,
            lease=max(_POLICY.lease, self.webhook_timeout + self.settle_timeout + _LEASE_MARGIN),
            breaker_minimum=self.breaker_minimum,
            breaker_share=self.breaker_share,
            mode=self.mode,
        )

    def database_limits(self) -> DatabaseLimits:
        """How long the database may keep a unit of work waiting, and how many run at once."""
        return DatabaseLimits(
            connect=self.database_connect_timeout,
            statement=self.database_statement_timeout,
            lock=self.database_lock_timeout,
            idle_in_transaction=self.database_idle_timeout,
            pool_size=self.database_pool_size,
        )

    def secrets(self) -> tuple[str, ...]:
        """Every secret value in force, for a log that must not show it."""
        values = [
            secret.get_secret_value()
            for secret in (
                self.database_url,
                self.hyperswitch_api_key,
                self.hyperswitch_webhook_key,
                self.webhook_url,
                self.alert_url,
                self.https_proxy,
            )
            if secret is not None
        ]
        if self.database_url is not None:
            values += secrets_of(parse_database_url(self.database_url.get_secret_value()))
        if self.https_proxy is not None:
            values += Proxy.parsed(self.https_proxy.get_secret_value()).secrets()
        return tuple(values)


def _is_unencrypted(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


_CHECKS = (
    Check(
        fields=("stale_after", "refresh"),
        holds=lambda settings: settings.stale_after > settings.refresh,
        sentence="RECONCILE_STALE_AFTER must be longer than RECONCILE_REFRESH, "
        "or the dashboard never lets anybody write",
    ),
    Check(
        fields=("webhook_url",),
        holds=lambda settings: settings.webhook_allow_http or not settings.webhook_is_unencrypted,
        sentence="https only, this machine aside: an event holds a customer's data "
        "(RECONCILE_WEBHOOK_ALLOW_HTTP=true allows it for an endpoint inside a cluster)",
    ),
    Check(
        fields=("hyperswitch_base_url",),
        holds=lambda settings: settings.hyperswitch_allow_http or not settings.psp_is_unencrypted,
        sentence="https only, this machine aside: an API key must not travel unencrypted "
        "(HYPERSWITCH_ALLOW_HTTP=true allows it for a server inside a cluster)",
    ),
    Check(
        fields=("fresh_for", "webhook_grace"),
        holds=lambda settings: settings.fresh_for > settings.webhook_grace,
        sentence="RECONCILE_FRESH_FOR must be longer than RECONCILE_WEBHOOK_GRACE, "
        "or every plan is stale before it is applied",
    ),
    Check(
        fields=("auto_max_age", "order_stuck_after"),
        holds=lambda settings: settings.auto_max_age > settings.order_stuck_after,
        sentence="RECONCILE_AUTO_MAX_AGE must be longer than RECONCILE_ORDER_STUCK_AFTER, "
        "or the daemon may heal no order",
    ),
    Check(
        fields=("auto_max_age", "refund_stuck_after"),
        holds=lambda settings: settings.auto_max_age > settings.refund_stuck_after,
        sentence="RECONCILE_AUTO_MAX_AGE must be longer than RECONCILE_REFUND_STUCK_AFTER, "
        "or the daemon may heal no refund",
    ),
    Check(
        fields=("auto_max_age", "refund_orphan_after"),
        holds=lambda settings: settings.auto_max_age > settings.refund_orphan_after,
        sentence="RECONCILE_AUTO_MAX_AGE must be longer than RECONCILE_REFUND_ORPHAN_AFTER, "
        "or the daemon may settle no orphan",
    ),
    Check(
        fields=("psp_connect_timeout", "psp_total_timeout"),
        holds=lambda settings: settings.psp_connect_timeout <= settings.psp_total_timeout,
        sentence="RECONCILE_PSP_CONNECT_TIMEOUT must not be longer than RECONCILE_PSP_TOTAL_TIMEOUT",
    ),
    Check(
        fields=("psp_read_timeout", "psp_total_timeout"),
        holds=lambda settings: settings.psp_read_timeout <= settings.psp_total_timeout,
        sentence="RECONCILE_PSP_READ_TIMEOUT must not be longer than RECONCILE_PSP_TOTAL_TIMEOUT",
    ),
    Check(
        fields=("database_lock_timeout", "database_statement_timeout"),
        holds=lambda settings: settings.database_lock_timeout <= settings.database_statement_timeout,
        sentence="RECONCILE_DATABASE_LOCK_TIMEOUT must not be longer than "
        "RECONCILE_DATABASE_STATEMENT_TIMEOUT, or it never ends a wait",
    ),
)
