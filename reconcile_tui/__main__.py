"""`python -m reconcile_tui` and the script `reconcile-tui`."""

# ruff: noqa: PLC0415 the first paint of the dashboard does not wait for the command line's modules

import sys

from reconcile_tui.cli.options import plain_options
from reconcile_tui.cli.streams import has_screen


def main() -> None:
    """The program."""
    options = plain_options(sys.argv[1:])
    if options is not None and has_screen():
        from reconcile_tui.interactive import run_dashboard

        run_dashboard(options)
    from reconcile_tui.cli.app import main as command_line

    command_line()


if __name__ == "__main__":
    main()
