#!/usr/bin/env python3
"""The package python-librsync on the librsync that the dynamic linker finds: python_librsync.py FOLDER

Signatures and deltas are made by the package itself. Its release 0.1-5 declares the callback of patches wrongly, so patches are made by the same
calls with the callback that its repository has had since: it lends memory that is gone when it returns.
"""

import ctypes
import io
import os
import random
import subprocess
import sys

import librsync

COPY = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_longlong, ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(ctypes.c_void_p)
)


def patch(old, delta):
    def read(_opaque, position, length, buffer):
        old.seek(position)
        piece = old.read(length[0])
        length[0] = len(piece)
        buffer[0] = ctypes.cast(ctypes.c_char_p(piece), ctypes.c_void_p)
        return librsync.RS_DONE

    callback = COPY(read)
    job = librsync._librsync.rs_patch_begin(callback, None)
    new = io.BytesIO()
    try:
        librsync._execute(job, delta, new)
    finally:
        librsync._librsync.rs_job_free(job)
    return new.getvalue()


def original(folder, *words):
    """Debian's rdiff on the library it came with."""
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    subprocess.run(["rdiff", "--force", *words], cwd=folder, env=environment, check=True)


def put(folder, name, content):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def main():
    folder = sys.argv[1]
    # It calls with two arguments what takes three, which the library takes for the default with a warning.
    librsync.debug(0)
    chooser = random.Random(1)
    cases = 0
    for length in [0, 1, 2047, 2048, 2049, 65536, 200_000, 300_001]:
        for block in [512, 2048]:
            old = chooser.randbytes(length)
            new = old[: length // 3] + b"inserted" + old[length // 2 :]
            signature = librsync.signature(io.BytesIO(old), io.BytesIO(), block)
            put(folder, "old", old)
            original(folder, "-b", str(block), "-S", "8", "signature", "old", "signature")
            assert signature.getvalue() == read(folder, "signature"), length
            delta = librsync.delta(io.BytesIO(new), signature, io.BytesIO())
            assert patch(io.BytesIO(old), io.BytesIO(delta.getvalue())) == new, length
            put(folder, "delta", delta.getvalue())
            original(folder, "patch", "old", "delta", "new")
            assert read(folder, "new") == new, length
            cases += 1
    # Without a file to write to, into a temporary one of the package's.
    with open(os.path.join(folder, "old"), "rb") as file:
        assert librsync.signature(file).read()[:4] == b"rs\x01\x47"
    for damaged in [b"", b"rs\x01\x47\0\0\0\0\0\0\0\0", b"some other file"]:
        try:
            librsync.delta(io.BytesIO(b"new"), io.BytesIO(damaged), io.BytesIO())
        except librsync.LibrsyncError:
            continue
        raise AssertionError(f"{damaged!r} was taken for a signature")
    print(f"python-librsync: {cases} signatures, deltas and patches")


main()
