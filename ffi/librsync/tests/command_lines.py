#!/usr/bin/env python3
"""Command lines of rdiff by three programs: Debian's on its library, the same on ours, and syncline under the name rdiff.

    command_lines.py LIBRARY_DIR SYNCLINE FOLDER

Exit status, standard output, the files made and the messages are to be the same (docs/spec/librsync.md, section 10). Where they are not meant to
be, the table says so: `exit` only compares statuses and files, `improved` is where ours does better than to end by a signal or to leave half a file.
"""

import os
import re
import shutil
import subprocess
import sys

# Each line runs in a folder with: old, new; s1 and d1, made of them by the original; empty; garbage; cut, the half of d1.
LINES = """
same:
signature old out
sig -b 16 -S 8 -H md4 -R rollsum old out
s old out -b128 -fs
-sf -b=128 -- signature old out
signature --block-size=0x100 --sum-size 0 --hash=blake2 --rollsum=rabinkarp old out
sig -b 0100 -S -1 old out
sig -b '' -I 100 -O 100 old out
sig old -
sig old
sig - out < old
sig - out < /dev/null
'' old out
sig empty out
sig -s empty out
sig -S 2 old out
sig -S 33 old out
sig -H md4 -S 17 old out
sig -S -2 old out
delta s1 new out
delta s1 new
delta s1 - out < new
d - new out < s1
delta s1 old -s out
delta s1 empty -s out
delta garbage new out
delta empty new out
delta d1 new out
patch old d1 out
patch old d1 -
patch old - out < d1
p - d1 out < old
patch -s old d1 out
patch old s1 out
patch old garbage out
patch old empty out
patch nofile d1 out
patch old nofile out
delta nofile new out
delta s1 nofile out
sig nofile out
sig '' out
sig old new
delta s1 new old
patch old d1 new
sig -f old new
patch -f old d1 new
sig old nodir/out
sig . out
delta s1 . out
-v sig old out
sig old out -f extra
delta
patch

foo
-f
-H blake2
-H md5 sig old out
-R foo sig old out
-H md5
-x sig old out
-sx sig old out
--foo sig old out
--block 3 sig old out
--paranoia sig old out
-z sig old out
sig -b
sig -sb
sig --hash
sig -b 12k old out
sig -b12k old out
sig --block-size=12k old out
sig -b 09 old out
sig -b 4294967297 old out
sig -b 2147483648 old out
sig -S 9999999999 old out
sig --statistics=3 old out
sig -s=3 old out
signatures old out
- sig
exit:
--version
-V sig
--help
-? sig
-h
patch old cut out
patch empty d1 out
sig old out -s extra
improved:
sig -b -1 old out
sig -I -1 old out
delta -O -1 s1 new out
patch - d1 out | old
sig old /dev/full -f
""".strip("\n").split("\n")


def run(program, line, folder, environment):
    if "|" in line:
        line, source = line.split("|")
        command = f"cat {source} | {program} {line}"
    else:
        command = f"{program} {line}" + ("" if "<" in line else " < /dev/null")
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, check=False)
    files = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = file.read()
    # How much memory a search needed to look at is its own affair.
    errors = re.sub(rb"(?<=matches), .*", b"", done.stderr)
    return done.returncode, done.stdout, errors, files


def main():
    library, syncline, folder = (os.path.abspath(word) for word in sys.argv[1:4])
    rdiff = shutil.which("rdiff")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "bin"))
    os.symlink(syncline, os.path.join(folder, "bin", "rdiff"))
    start = os.path.join(folder, "start")
    os.makedirs(start)
    numbers = [f"{i * i}\n" for i in range(20000)]
    contents = {
        "old": "".join(numbers),
        "new": "".join(numbers[:5000] + ["here\n"] + numbers[5100:]),
        "empty": "",
        "garbage": "A sentence that is neither a signature nor a delta.\n",
    }
    for name, text in contents.items():
        with open(os.path.join(start, name), "w", encoding="utf-8") as file:
            file.write(text)
    for words in (["signature", "old", "s1"], ["delta", "s1", "new", "d1"]):
        subprocess.run([rdiff, *words], cwd=start, check=True)
    with open(os.path.join(start, "d1"), "rb") as file:
        delta = file.read()
    with open(os.path.join(start, "cut"), "wb") as file:
        file.write(delta[: len(delta) // 2])

    plain = {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "SYNCLINE_LIBRSYNC")}
    older = plain | {"SYNCLINE_LIBRSYNC": "2.3.2"}
    programs = {
        "the original": (rdiff, plain),
        "rdiff on our library": (rdiff, older | {"LD_LIBRARY_PATH": library}),
        "syncline as rdiff": (os.path.join(folder, "bin", "rdiff"), older),
    }
    wrong, count, kind = [], 0, "same"
    for line in LINES:
        if line.endswith(":"):
            kind = line[:-1]
            continue
        results = {}
        for name, (program, environment) in programs.items():
            place = os.path.join(folder, "work")
            shutil.copytree(start, place)
            results[name] = run(program, line, place, environment)
            shutil.rmtree(place)
        for name in ("rdiff on our library", "syncline as rdiff"):
            status, output, errors, files = results["the original"]
            our_status, our_output, our_errors, our_files = results[name]
            is_ours = name.startswith("syncline")
            if kind == "improved":
                fine = our_status in (100, 101) and (not is_ours or "out" not in our_files)
                if not is_ours:
                    # What the program itself does with files is not the library's; that no signal ends it is.
                    fine = our_status in (0, 100, 108)
            else:
                fine = our_status == status
                if status != 0:
                    # How much of a file a failed run leaves behind is not told; our program leaves none.
                    fine = fine and not (is_ours and "out" in our_files)
                    for found in (our_files, files):
                        found.pop("out", None)
                fine = fine and our_files == files
                if kind == "same":
                    fine = fine and our_output == output and our_errors == errors
            if not fine:
                wrong.append(
                    f"{name}: rdiff {line}\n  {our_status} {our_errors!r} {our_output[:60]!r} {sorted(our_files)}\n"
                    f"  original: {status} {errors!r} {output[:60]!r} {sorted(files)}"
                )
        count += 1
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{count} command lines have the answers of the original")


main()
