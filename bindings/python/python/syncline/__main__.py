"""``python -m syncline``: the command ``syncline``, the same code."""

import os
import signal
import sys
from types import FrameType

from syncline import _syncline


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Ends the work, so that it leaves no temporary file behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    # It can only be read by setting it; no other thread makes files yet.
    umask = os.umask(0)
    os.umask(umask)
    sys.exit(_syncline.command(sys.argv[1:], umask))
