"""Turns an old file into a new one by way of a signature and a delta, as two machines would: the signature travels one way, the delta back.

    python delta.py OLD NEW RESULT
"""

import sys

import syncline


def watch(progress: syncline.Progress) -> None:
    """Called now and then; an exception stops the work."""
    print(f"\r{progress.bytes_done} of {progress.bytes_total} bytes", end="", file=sys.stderr)


def main() -> int:
    if len(sys.argv) != 4:
        print("usage: delta.py OLD NEW RESULT", file=sys.stderr)
        return 2
    _, old, new, result = sys.argv
    try:
        # Where the old file is: describe it.
        signature = syncline.signature(old, progress=watch)
        # Where the new file is: say what has changed.
        delta = syncline.delta(signature, new, progress=watch)
        # Where the old file is: apply it. The result appears whole and verified, or not at all.
        report = syncline.patch(old, delta, output=result, overwrite=True, progress=watch)
    except syncline.SynclineError as error:
        print(f"\ndelta.py: {error.code}: {error}", file=sys.stderr)
        return 1
    print(f"\nsignature {len(signature)} bytes, delta {len(delta)} bytes, result {report.new_length} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
