"""Both ends of a transfer in one program, over a pair of sockets: as two programs would do it over any stream. The serving end has a policy: one
directory that nothing leads out of, and files may be written to it but not read or deleted.

    python socket_pair.py FROM/ ROOT FOLDER-IN-ROOT
"""

import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import syncline


def main() -> int:
    if len(sys.argv) != 4:
        print("usage: socket_pair.py FROM/ ROOT FOLDER-IN-ROOT", file=sys.stderr)
        return 2
    source, root, folder = sys.argv[1:]
    near, far = socket.socketpair()
    # The words that the other end is to be started with reach it in some way; here it is a variable.
    words = syncline.server_arguments(source, f"peer:{folder}", archive=True)
    policy = syncline.Policy(root=root, write=True)
    with ThreadPoolExecutor() as pool:
        serving = pool.submit(syncline.serve, far, words, policy)
        try:
            report = syncline.push(source, f"peer:{folder}", archive=True, stream=near)
            serving.result()
        except syncline.SynclineError as error:
            print(f"{error.code}: {error}", file=sys.stderr)
            return 1
    print(f"{report.files_transferred} files sent")
    return 0


if __name__ == "__main__":
    sys.exit(main())
