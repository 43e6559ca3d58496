"""The desk as one value: the place it stands in, and its five ports."""

from dataclasses import dataclass

from reconcile_tui.screens.desk.brakes import Brakes
from reconcile_tui.screens.desk.lists import Lists
from reconcile_tui.screens.desk.looks import Looks
from reconcile_tui.screens.desk.place import Place
from reconcile_tui.screens.desk.records import Records
from reconcile_tui.screens.desk.rehearsal import Rehearsal
from reconcile_tui.screens.desk.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the screens work with. `rehearsal`: with the demo alone."""

    place: Place
    lists: Lists
    looks: Looks
    work: Work
    brakes: Brakes
    records: Records
    rehearsal: Rehearsal | None = None
