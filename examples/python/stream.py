"""The same with the incremental classes, for a program that moves the bytes itself: nothing is held in memory but a few blocks.

    python stream.py OLD NEW > RESULT
"""

import sys
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import syncline


def pieces(file: BinaryIO) -> Iterator[bytes]:
    return iter(partial(file.read, 65536), b"")


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: stream.py OLD NEW > RESULT", file=sys.stderr)
        return 2
    with open(sys.argv[1], "rb") as old, open(sys.argv[2], "rb") as new:
        signing = syncline.SignatureBuilder()
        for piece in pieces(old):
            signing.update(piece)
        comparing = syncline.DeltaBuilder(signing.finish())

        # Each piece of the delta is applied as soon as it is there.
        patching = syncline.Patcher(old)
        write = sys.stdout.buffer.write
        for piece in pieces(new):
            write(patching.update(comparing.update(piece)))
        write(patching.update(comparing.finish()))
        patching.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
