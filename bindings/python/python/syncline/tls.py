"""Sessions over TLS. In: an ``ssl.SSLSocket``. Out: a plain socket for the session, for as long as it lasts.

One thread serves both directions: OpenSSL's connections cannot be read and written by two at once.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import suppress

__all__ = ["TlsBridge"]

#: The most bytes that wait in one direction.
PIECE = 1 << 16


class TlsBridge:
    """Copies between a TLS connection, which it closes in the end, and the socket ``ours``."""

    #: Seconds between two looks at whether a peer that does not read is still waited for.
    PATIENCE = 0.05

    def __init__(self, secured: ssl.SSLSocket) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.secured = secured
        #: What the connection raised.
        self.raised: BaseException | None = None
        self._is_abandoned = False
        self.thread = threading.Thread(target=self._run, name="syncline-stream", daemon=True)
        self.thread.start()

    def abandon(self) -> None:
        """Ends it after a session that failed: what has not been sent is not waited for."""
        self._is_abandoned = True
        self.thread.join(1)

    def _run(self) -> None:
        try:
            with self.secured, self.theirs:
                self.secured.setblocking(False)
                self.theirs.setblocking(False)
                self._copy()
        except BaseException as error:
            self.raised = error

    def _copy(self) -> None:
        """Copies until the session has closed its end and the peer has everything, or the peer is gone."""
        inward, outward = bytearray(), bytearray()
        peer_ended = session_ended = False
        while not (session_ended and (self._is_abandoned or not outward)):
            # Whom to wait for: what TLS wants to read or write need not be what was asked of it.
            readable: set[socket.socket] = set()
            writable: set[socket.socket] = set()
            moved = False
            if not peer_ended and len(inward) < PIECE:
                try:
                    data = self.secured.recv(PIECE)
                    inward += data
                    peer_ended, moved = not data, True
                except ssl.SSLWantReadError:
                    readable.add(self.secured)
                except ssl.SSLWantWriteError:
                    writable.add(self.secured)
                except ssl.SSLEOFError:
                    peer_ended = moved = True
            if outward:
                try:
                    del outward[: self.secured.send(outward)]
                    moved = True
                except ssl.SSLWantReadError:
                    readable.add(self.secured)
                except ssl.SSLWantWriteError:
                    writable.add(self.secured)
            if not session_ended and len(outward) < PIECE:
                try:
                    data = self.theirs.recv(PIECE)
                    outward += data
                    session_ended, moved = not data, True
                except BlockingIOError:
                    readable.add(self.theirs)
            if inward:
                try:
                    del inward[: self.theirs.send(inward)]
                    moved = True
                except BlockingIOError:
                    writable.add(self.theirs)
                except OSError:
                    inward.clear()  # the session wants no more
            elif peer_ended:
                with suppress(OSError):
                    self.theirs.shutdown(socket.SHUT_WR)
            if not moved:
                select.select(readable, writable, [], self.PATIENCE if session_ended else None)
