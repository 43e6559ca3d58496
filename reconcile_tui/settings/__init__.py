"""Settings: environment, `.env` and a TOML file with contexts, validated into one frozen value.

`load_settings` is the way in; what a command needs of them is asked of `reconcile_tui.settings.needed`.
"""

from reconcile_tui.settings.in_force import SettingInForce, explain
from reconcile_tui.settings.load import Loaded, load_settings
from reconcile_tui.settings.model import Settings
from reconcile_tui.settings.needed import (
    DatabaseFileMissing,
    PspAccess,
    SettingMissing,
    database_url,
    operator_name,
    outbound,
    psp_access,
    require_database_file,
    shop_endpoint,
)
from reconcile_tui.settings.origins import Origin, OriginKind
from reconcile_tui.settings.problems import Problem, SettingsInvalid, SettingsWarning
from reconcile_tui.settings.values import Dispatch, LogFormat, LogLevel

__all__ = [
    "DatabaseFileMissing",
    "Dispatch",
    "Loaded",
    "LogFormat",
    "LogLevel",
    "Origin",
    "OriginKind",
    "Problem",
    "PspAccess",
    "SettingInForce",
    "SettingMissing",
    "Settings",
    "SettingsInvalid",
    "SettingsWarning",
    "database_url",
    "explain",
    "load_settings",
    "operator_name",
    "outbound",
    "psp_access",
    "require_database_file",
    "shop_endpoint",
]
