"""Serve the review page of one review to a browser on this machine, and write each verdict into the table.

    make review-server REVIEW=reviews/new-fd7095

It listens on the loopback address alone. It answers only what asks for that address by its name, so that no page of the
web that a browser has open can read or write anything here.
"""

import argparse
import errno
import hashlib
import http.server
import json
import secrets
import sys
import threading
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from canopy.detections.review.place import REVIEWS, review_page, review_table
from canopy.detections.review.sheet import alone
from canopy.detections.review.state import state_of
from canopy.detections.review.table import ReviewTable
from canopy.detections.review.verdicts import verdict_of
from canopy.runtime.command import told
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

PORT = 8765
HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
MOST_BYTES = 4 << 20


class Review:
    """The table of a review, read and written one request at a time.

    Parameters
    ----------
    folder : Path
        The review's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.token = folder, secrets.token_urlsafe(16)
        self._lock = threading.Lock()

    def state(self, known: str = "") -> dict[str, Any]:
        """Return what the table says of each clip, unless the asker knows it: version, token, rows."""
        with self._lock:
            version = self._version()
            said: dict[str, Any] = {"version": version, "token": self.token}
            return said if version == known else {**said, "rows": self._rows()}

    def decide(self, verdicts: Sequence[Any]) -> dict[str, Any]:
        """Write verdicts into the table, and return its state, and why it does not take some of them."""
        given, refused = [], []
        for one in verdicts:
            try:
                given.append(verdict_of(one if isinstance(one, dict) else {}))
            except CanopyError as error:
                refused.append(str(error))
        with self._lock, alone(self.folder):
            table = ReviewTable(review_table(self.folder))
            known = {row.get("clip", "").strip() for row in table.rows}
            table.decide(given)
            refused += [f"the table has no clip {one.clip}" for one in given if one.clip not in known]
            return {"version": self._version(), "rows": self._rows(), "refused": refused}

    def _rows(self) -> dict[str, Any]:
        rows = ReviewTable(review_table(self.folder)).rows
        return {row["clip"].strip(): state_of(row) for row in rows if row.get("clip")}

    def _version(self) -> str:
        return hashlib.blake2b(review_table(self.folder).read_bytes(), digest_size=12).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers the page: itself, the table's state, and verdicts."""

    server: "Server"

    def do_GET(self) -> None:
        """Give the page or the table's state."""
        asked = urlsplit(self.path)
        if not self._from_here():
            return
        if asked.path == "/":
            page = review_page(self.server.review.folder).read_bytes()
            self._send(HTTPStatus.OK, page, "text/html; charset=utf-8")
        elif asked.path == "/state":
            self._answer(lambda: self.server.review.state(parse_qs(asked.query).get("known", [""])[0]))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        """Take verdicts."""
        if not self._from_here():
            return
        if self.path != "/verdicts":
            return self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        token = self.headers.get("X-Canopy-Token", "")
        if not secrets.compare_digest(token.encode(), self.server.review.token.encode()):
            return self._refuse(HTTPStatus.FORBIDDEN, "the review server was started again: load the page again")
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too much at once")
        body = self.rfile.read(int(length))

        def take() -> dict[str, Any]:
            try:
                verdicts = json.loads(body)["verdicts"]
            except (ValueError, KeyError, TypeError):
                raise CanopyError("verdicts must be told as JSON") from None
            return self.server.review.decide(verdicts if isinstance(verdicts, list) else [])

        self._answer(take)

    def _from_here(self) -> bool:
        """Whether the page of this server asks; refuse others: pages of the web, and names that point here."""
        names = {f"{name}:{self.server.server_port}" for name in NAMES}
        origin = self.headers.get("Origin")
        site = self.headers.get("Sec-Fetch-Site", "none")
        if self.headers.get("Host") not in names or (origin and origin not in {f"http://{name}" for name in names}):
            self._refuse(HTTPStatus.FORBIDDEN, "only this machine's own page may ask")
            return False
        if site not in ("same-origin", "none"):
            self._refuse(HTTPStatus.FORBIDDEN, "only this machine's own page may ask")
            return False
        return True

    def _answer(self, function: Any) -> None:
        try:
            said = function()
        except CanopyError as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            status = HTTPStatus.INSUFFICIENT_STORAGE if full else HTTPStatus.INTERNAL_SERVER_ERROR
            text = "the disk is full: free some space" if full else f"the table cannot be written ({error.strerror})"
            return self._refuse(status, text)
        self._send(HTTPStatus.OK, json.dumps(said).encode(), "application/json")

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        self.close_connection = True
        self._send(status, json.dumps({"error": text}).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing of each request."""


class Server(http.server.ThreadingHTTPServer):
    """The server of one review, on the loopback address.

    Parameters
    ----------
    folder : Path
        The review's.
    port : int
        0: any free one.

    Raises
    ------
    CanopyError
        The folder has no page or no table, or the port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder: Path, port: int = PORT) -> None:
        for path in (review_page(folder), review_table(folder)):
            if not path.is_file():
                raise CanopyError(f"there is no {path}: run `snakemake review` first")
        self.review = Review(folder)
        _ = self.review.state()
        try:
            super().__init__((HOST, port), Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise CanopyError(f"port {port} is taken, perhaps by another review: add PORT={port + 1}") from None

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.server_port}/"


def the_review(given: str) -> Path:
    """Return the folder of the review that was named, or of the only one.

    Raises
    ------
    CanopyError
        There is none, or there are several.
    """
    if given:
        return Path(given)
    found = sorted(path.parent for path in Path(REVIEWS).glob("*/review.html"))
    if not found:
        raise CanopyError("there is no review yet: run `snakemake review` first")
    if len(found) > 1:
        raise CanopyError(f"there are several reviews: add REVIEW={found[0]}, or another of {listed(map(str, found))}")
    return found[0]


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until the person ends it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--review", default="", help="the review's folder; the only one where none is named")
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args(argv)
    with Server(the_review(given.review), given.port) as server:
        print(
            f"Open {server.address} in a browser. Ctrl-C ends the server; verdicts are in the table at once.",
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("ended; all verdicts are in the table")


if __name__ == "__main__":
    try:
        main()
    except (CanopyError, OSError) as problem:
        if not (text := told(problem)):
            raise
        sys.exit(f"error: {text}")
