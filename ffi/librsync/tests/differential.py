#!/usr/bin/env python3
"""Random jobs on two librsyncs at once, with random buffers: ours must answer what the original answers.

    differential.py OURS ORIGINAL SECONDS [SEED]

Signatures, loading and patches are compared call by call: result, bytes consumed, bytes written. Deltas are compared as files:
when input is taken early is ours to choose (docs/spec/librsync.md, 9.2). Half of the files that are loaded and patched are damaged.
"""

import ctypes
import os
import random
import resource
import struct
import sys
import time
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_void_p

DONE, BLOCKED = 0, 1
MAGICS = [0x72730136, 0x72730137, 0x72730146, 0x72730147]
MEMORY = 2 << 30


class Buffers(ctypes.Structure):
    _fields_ = [
        ("next_in", c_void_p),
        ("avail_in", c_size_t),
        ("eof_in", c_int),
        ("next_out", c_void_p),
        ("avail_out", c_size_t),
    ]


COPY = ctypes.CFUNCTYPE(c_int, c_void_p, c_int64, POINTER(c_size_t), POINTER(c_void_p))
TRACE = ctypes.CFUNCTYPE(None, c_int, c_char_p)


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        for name, arguments in {
            "rs_sig_begin": [c_size_t, c_size_t, c_int],
            "rs_loadsig_begin": [POINTER(c_void_p)],
            "rs_delta_begin": [c_void_p],
            "rs_patch_begin": [COPY, c_void_p],
        }.items():
            getattr(self.c, name).restype = c_void_p
            getattr(self.c, name).argtypes = arguments
        for name in ("rs_build_hash_table", "rs_free_sumset", "rs_job_free", "rs_job_statistics"):
            getattr(self.c, name).argtypes = [c_void_p]
        self.c.rs_job_statistics.restype = c_void_p
        self.c.rs_job_iter.argtypes = [c_void_p, POINTER(Buffers)]
        self.messages = []
        self.sink = TRACE(lambda _level, message: self.messages.append(message))
        self.c.rs_trace_to(self.sink)

    def run(self, job, data, cuts):
        """Runs a job on buffers whose sizes `cuts` says; the result, the output, the trace of the calls, the statistics."""
        trace, output, at = [], [], 0
        while True:
            in_size, out_size = next(cuts)
            piece = data[at : at + in_size]
            source = ctypes.create_string_buffer(piece, len(piece) + 1)
            target = ctypes.create_string_buffer(out_size + 1)
            buffers = Buffers(
                ctypes.addressof(source), len(piece), not piece, ctypes.addressof(target), out_size
            )
            result = self.c.rs_job_iter(job, byref(buffers))
            taken, written = len(piece) - buffers.avail_in, out_size - buffers.avail_out
            output.append(target.raw[:written])
            at += taken
            trace.append((result, taken if result <= BLOCKED else None, written))
            if result != BLOCKED:
                counters = ctypes.string_at(self.c.rs_job_statistics(job) + 8, 88)
                statistics = struct.unpack("i4x7qi4xqQ", counters) if result == DONE else None
                self.c.rs_job_free(job)
                return result, b"".join(output), trace, statistics

    def signature(self, data, block, strong, magic, cuts):
        return self.run(self.c.rs_sig_begin(block, strong, magic), data, cuts)

    def load(self, data, cuts):
        handle = c_void_p()
        job = self.c.rs_loadsig_begin(byref(handle))
        return handle, self.run(job, data, cuts)

    def delta(self, handle, data, cuts):
        return self.run(self.c.rs_delta_begin(handle), data, cuts)

    def patch(self, old, delta, most, cuts):
        def read(_opaque, position, length, buffer):
            piece = old[position : position + min(length[0], most)]
            if not piece:
                return 103
            ctypes.memmove(buffer[0], piece, len(piece))
            length[0] = len(piece)
            return DONE

        callback = COPY(read)
        return self.run(self.c.rs_patch_begin(callback, None), delta, cuts)


def sizes(seed, total):
    """Sizes of buffers, the same for the same seed, and not too small for `total` bytes; room is never 0 for ever."""
    chooser = random.Random(seed)
    in_most = max(chooser.choice([1, 7, 100, 4096, 65536]), total // 1000)
    out_most = max(chooser.choice([1, 13, 100, 5000, 70000]), total // 1000)
    while True:
        yield chooser.randint(1, in_most), chooser.choice([out_most, chooser.randint(0, out_most)])


def content(chooser, length):
    kind = chooser.randrange(4)
    if kind == 0:
        return bytes(length)
    if kind == 1:
        return bytes(chooser.choice(b"ab") for _ in range(length))
    return chooser.randbytes(length)


def edited(chooser, old):
    new = bytearray(old)
    for _ in range(chooser.randrange(6)):
        at, other = chooser.randint(0, len(new)), chooser.randint(0, len(old))
        count = chooser.choice([1, 3, 50, 1000, 5000])
        action = chooser.randrange(4)
        if action == 0:
            new[at:at] = chooser.randbytes(count)
        elif action == 1:
            del new[at : at + count]
        elif action == 2:
            new[at:at] = old[other : other + count]
        else:
            new[at : at + count] = bytes(min(count, len(new) - at))
    return bytes(new)


def damaged(chooser, data):
    data = bytearray(data)
    for _ in range(chooser.randint(1, 3)):
        if data and chooser.randrange(3):
            data[min(chooser.randrange(len(data)), chooser.choice([20, 1 << 30]) % len(data))] = chooser.choice(
                [0, 1, 0x41, 0x44, 0x45, 0x54, 0x55, 0x80, 0xFF, chooser.randrange(256)]
            )
        elif data:
            del data[chooser.randrange(len(data)) :]
    return bytes(data)


def literals_joined(delta):
    """The commands of a delta, with neighbouring literals as one; and the lengths of the literals as they are."""
    at, commands, lengths = 4, [], []
    while True:
        opcode = delta[at]
        at += 1
        if opcode == 0:
            assert at == len(delta)
            return commands, lengths
        if opcode >= 0x45:
            offset_width, length_width = 1 << (opcode - 0x45) // 4, 1 << (opcode - 0x45) % 4
            offset = int.from_bytes(delta[at : at + offset_width], "big")
            length = int.from_bytes(delta[at + offset_width : at + offset_width + length_width], "big")
            at += offset_width + length_width
            commands.append((offset, length))
            lengths.append(None)
            continue
        width = 0 if opcode <= 0x40 else 1 << (opcode - 0x41)
        length = int.from_bytes(delta[at : at + width], "big") if width else opcode
        literal = delta[at + width : at + width + length]
        at += width + length
        lengths.append(length)
        if commands and isinstance(commands[-1], bytes):
            commands[-1] += literal
        else:
            commands.append(literal)


def as_the_newer_generation(ours, theirs):
    """Whether the deltas differ only as the generations do (7.1 rule 7): our literals are full before another follows."""
    (our_commands, lengths), (their_commands, _) = literals_joined(ours), literals_joined(theirs)
    full = all(
        length == 65533
        for length, following in zip(lengths, lengths[1:])
        if length is not None and following is not None
    )
    return our_commands == their_commands and full and max((n or 0 for n in lengths), default=0) <= 65533


def difference(our, their):
    """The first thing that two runs of a job differ in."""
    if our[2] != their[2]:
        calls = zip(our[2], their[2])
        at, (a, b) = next(((i, pair) for i, pair in enumerate(calls) if pair[0] != pair[1]), (-1, (our[2], their[2])))
        return f"call {at} of {len(our[2])}, {len(their[2])} (result, taken, written): ours {a}, theirs {b}"
    return f"result {our[0]}, {their[0]}; same output: {our[1] == their[1]}; statistics {our[3]}, {their[3]}"


def one(chooser, ours, original, mode):
    def both(action):
        seed, total = chooser.random(), 2 * len(old) + len(new)
        return action(ours, sizes(seed, total)), action(original, sizes(seed, total))

    magic = chooser.choice(MAGICS)
    most = 16 if magic & 1 == 0 else 32
    block = chooser.choice([0, 1, 2, 7, 16, 64, 256, 2048, 5000, chooser.randint(1, 3000)])
    strong = chooser.choice([0, 2**64 - 1, 5, 8, most - 1, most, 17, 33])
    length = chooser.choice([0, 1, 100, 3 * (block or 2048), 3 * (block or 2048) + 1, chooser.randrange(chooser.choice([3000, 200_000]))])
    length = min(length, (block or 2048) * 5000)
    old = content(chooser, length)
    new = chooser.choice([edited(chooser, old), edited(chooser, old), b"", content(chooser, chooser.randrange(chooser.choice([3000, 200_000])))])
    what = f"magic {magic:#x} block {block} strong {strong} old {len(old)} new {len(new)}"

    our, their = both(lambda library, cuts: library.signature(old, block, strong, magic, cuts))
    assert our == their, f"signature: {what} {difference(our, their)}"
    if our[0] != DONE:
        assert our[0] == 108
        return

    signature = our[1]
    if chooser.randrange(4) == 0:
        signature = damaged(chooser, signature)
    (our_handle, our), (their_handle, their) = both(lambda library, cuts: library.load(signature, cuts))
    assert our == their, f"loading: {what} {signature[:40].hex()} {difference(our, their)}"
    delta = None
    if our[0] == DONE:
        ours.c.rs_build_hash_table(our_handle)
        original.c.rs_build_hash_table(their_handle)
        blocks = our[3][9]
        handles = {ours: our_handle, original: their_handle}
        our, their = both(lambda library, cuts: library.delta(handles[library], new, cuts))
        assert our[0] == their[0] == DONE
        if mode == "2.3.2":
            assert our[1] == their[1], f"delta: {what} {our[1][:80].hex()} {their[1][:80].hex()}"
            assert our[3] == their[3], f"statistics: {what}"
        elif mode == "exact" and blocks > 0:
            assert as_the_newer_generation(our[1], their[1]), f"delta: {what}"
        delta = chooser.choice([our[1], their[1]])
        back = both(lambda library, cuts: library.patch(old, our[1], 1 << 30, cuts))
        assert back[0] == back[1], f"patch: {what} {difference(*back)}"
    ours.c.rs_free_sumset(our_handle)
    original.c.rs_free_sumset(their_handle)

    if delta is None or chooser.randrange(2):
        delta = damaged(chooser, delta) if delta else b"rs\x026" + chooser.randbytes(chooser.randrange(30))
    reads = chooser.choice([1, 100, 1 << 30])
    our, their = both(lambda library, cuts: library.patch(old, delta, reads, cuts))
    assert our == their, f"patch: {what} {delta[:60].hex()} {difference(our, their)}"


def main():
    ours, original = Library(sys.argv[1]), Library(sys.argv[2])
    seconds = float(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
    mode = os.environ.get("SYNCLINE_LIBRSYNC") or "exact"
    # No length that a file names may become memory.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    chooser, end, count = random.Random(seed), time.monotonic() + seconds, 0
    try:
        while time.monotonic() < end:
            one(chooser, ours, original, mode)
            count += 1
    except BaseException:
        print(f"after {count} cases of seed {seed}, mode {mode}", file=sys.stderr)
        raise
    print(f"{count} random cases of mode {mode} agree with the original")


if __name__ == "__main__":
    main()
