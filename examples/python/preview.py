"""Shows what mirroring a directory would change, and changes nothing.

    python preview.py FROM/ [USER@HOST:]TO
"""

import sys

import syncline


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: preview.py FROM/ [USER@HOST:]TO", file=sys.stderr)
        return 2
    with syncline.start(sys.argv[1], sys.argv[2], archive=True, delete=True, dry_run=True) as preview:
        for event in preview:
            match event:
                case syncline.Deleted(path):
                    print(f"delete {path}")
                case syncline.Failed(failure):
                    print(f"cannot {failure.operation} {failure.path}: {failure.reason}")
    for change in preview.result().changes:
        what = "create" if change.is_new else "update" if change.transfers_content else "touch"
        print(f"{what} {change.path} ({change.itemized.strip()})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
