"""One row of the demo: OLD NEW SIGNATURE DELTA RESULT. Prints the seconds that each of the three steps took."""

import sys
import time

import syncline

old, new, signature, delta, result = sys.argv[1:]
times = [time.monotonic()]
syncline.signature(old, output=signature)
times.append(time.monotonic())
syncline.delta(signature, new, output=delta)
times.append(time.monotonic())
syncline.patch(old, delta, output=result)
times.append(time.monotonic())
print(*(f"{end - start:.3f}" for start, end in zip(times, times[1:])))
