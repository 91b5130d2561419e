"""Makes a directory like another one, here or on another host, with a bar of progress.

    python mirror.py FROM/ [USER@HOST:]TO [REMOTE-SHELL]
"""

import sys

import syncline
from syncline.progress import tqdm_progress


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print("usage: mirror.py FROM/ [USER@HOST:]TO [REMOTE-SHELL]", file=sys.stderr)
        return 2
    source, destination, *shell = sys.argv[1:]
    with tqdm_progress(desc="mirror") as progress:
        report = syncline.sync(
            source,
            destination,
            archive=True,
            delete=True,
            rsh=shell[0] if shell else None,
            progress=progress,
        )
    print(f"{report.files_transferred} files sent, {report.deleted.total} deleted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
