"""Stops a transfer half-way: nothing half-written stays behind, and the next run goes on where this one was.

    python cancel.py [USER@HOST:]FROM/ TO BYTES [REMOTE-SHELL]
"""

import asyncio
import sys

import syncline
from syncline import aio


async def copy(source: str, destination: str, most: int, shell: str | None) -> str:
    """Copies until ``most`` bytes are done."""
    enough = asyncio.Event()

    def watch(progress: syncline.TransferProgress) -> None:
        if progress.bytes_done >= most:
            enough.set()

    transfer = asyncio.create_task(aio.sync(source, destination, archive=True, rsh=shell, progress=watch))
    stopping = asyncio.create_task(enough.wait())
    await asyncio.wait([transfer, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    # When the task has ended, so has everything that it started.
    transfer.cancel()
    try:
        report = await transfer
    except asyncio.CancelledError:
        return "stopped"
    return f"complete: {report.files_transferred} files sent"


def main() -> int:
    if len(sys.argv) not in (4, 5):
        print("usage: cancel.py [USER@HOST:]FROM/ TO BYTES [REMOTE-SHELL]", file=sys.stderr)
        return 2
    source, destination, most, *shell = sys.argv[1:]
    print(asyncio.run(copy(source, destination, int(most), shell[0] if shell else None)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
