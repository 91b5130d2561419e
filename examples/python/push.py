"""Pushes a directory over ssh, and says what went wrong if it does not work: the host, the key, or which files.

    python push.py FROM/ USER@HOST:TO [REMOTE-SHELL]
"""

import sys

import syncline


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print("usage: push.py FROM/ USER@HOST:TO [REMOTE-SHELL]", file=sys.stderr)
        return 2
    source, destination, *shell = sys.argv[1:]
    try:
        report = syncline.push(
            source, destination, archive=True, compress=True, rsh=shell[0] if shell else None
        )
    except syncline.PartialTransferError as error:
        # It went to its end, and left something out.
        for failure in error.failures:
            print(f"cannot {failure.operation} {failure.path}: {failure.reason}", file=sys.stderr)
        return error.exit_status
    except syncline.SynclineError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return error.exit_status
    print(f"{report.files_transferred} files sent, {report.bytes_sent} bytes over the wire")
    return 0


if __name__ == "__main__":
    sys.exit(main())
