"""The best time of a few runs of a transfer that has nothing to do, with a progress callback: no_change.py FROM/ TO ROUNDS, in seconds."""

import sys
import time

import syncline


def main() -> None:
    source, destination, rounds = sys.argv[1:]
    seen: list[syncline.TransferProgress] = []
    best = float("inf")
    for _ in range(int(rounds)):
        start = time.perf_counter()
        report = syncline.sync(source, destination, archive=True, progress=seen.append)
        best = min(best, time.perf_counter() - start)
        assert report.files_transferred == 0
    assert seen[-1].bytes_done == seen[-1].bytes_total
    print(best)


if __name__ == "__main__":
    main()
