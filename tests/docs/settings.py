"""docs/settings.md, generated: `python -m tests.docs.settings` prints it, `--write` writes it."""

import sys
from pathlib import Path

from reconcile_tui.settings import SettingInForce, Settings, explain

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
MEND = ".venv/bin/python -m tests.docs.settings --write"

_HEAD = """\
# Settings

Every setting can stand in the environment, in a `.env` file of the current folder, or in a TOML file. The
strongest place wins: the command line, the environment, `.env`, the TOML file's context, the top of the
TOML file, the default. `reconcile-tui settings` shows what is in force and where each value came from.

## Names

One rule: a TOML key is the environment variable in lower case, without `RECONCILE_`; what begins with
`HYPERSWITCH_` is a key of the table `[hyperswitch]`. `HTTPS_PROXY` and `NO_PROXY`, which other programs
hear too, may stand in lower case in the environment. An empty environment variable counts as not set. In
`.env`, `${NAME}` is replaced by the variable of that name. A name that begins with `RECONCILE_` or
`HYPERSWITCH_` and is not listed here is a warning; a TOML key that is not listed here is an error.

## The TOML file

It is the file that `RECONCILE_CONFIG` names, else `reconcile.toml` in the current folder, else `config.toml`
in the user's configuration folder for `reconcile-tui` (`~/.config/reconcile-tui` on Linux). What stands at
its top holds for every context; a `[context.NAME]` holds for that one alone. `--context NAME` or
`RECONCILE_CONTEXT` chooses; a file with one context needs no choice, and of several none is the default.
A context is production unless it says `production = false`. Keep a file that holds secrets to yourself
(`chmod 600`).

```toml
interval = "1h"

[hyperswitch]
enabled = true

[context.prod]
database_url = "postgresql://reconcile@db.internal/shop"
role = "viewer"

[context.prod.hyperswitch]
base_url = "https://api.hyperswitch.io"

[context.staging]
production = false
database_url = "postgresql://reconcile@db.staging/shop"

[context.staging.hyperswitch]
base_url = "https://sandbox.hyperswitch.io"
```

A duration is a number and its unit, several in a row if need be: `250ms`, `90s`, `30m`, `1h30m`, `7d`, `2w`.
Keys and passwords are never shown: `********`, or `***` inside the database's URL.

## Every setting
"""


def page() -> str:
    """The whole page. It is made of the settings' own documentation."""
    return _HEAD + "".join(_section(each) for each in explain(Settings.from_sources(())))


def _section(setting: SettingInForce) -> str:
    key = f"TOML: `{setting.key}`" if setting.key else "not in TOML"
    title = f"[{setting.key}]" if setting.name == setting.key else setting.name
    return (
        f"\n### `{title}`\n\n{setting.description}\n\n"
        f"{key} · default: {_code(setting.value)} · allowed: {setting.allowed}\n"
    )


def _code(value: str) -> str:
    return value if value == "not set" else f"`{value}`"


def main() -> None:
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
