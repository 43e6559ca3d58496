"""The zygote: a process that has imported everything, and forks a process for each order that it is sent.

An interpreter takes a second to start, a fork some milliseconds. No event loop, thread or connection exists
here: each child makes its own. Orders come line by line; of each child the id is told, then how it ended.
"""

import asyncio
import gc
import os
import sys
import traceback

from reconcile_tui.core.trust import authorities
from tests.kill_points.orders import Order
from tests.kill_points.process import carry_out


def main() -> None:
    # The certificates of the world are read here, once for every child.
    authorities(None)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _be(Order.of(line))
        print(child, flush=True)  # noqa: T201 - this is how it answers
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _be(order: Order) -> None:
    """Be the process that is ordered. It ends without a trace of the zygote's."""
    code = 1
    try:
        asyncio.run(carry_out(order))
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it must be seen
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
