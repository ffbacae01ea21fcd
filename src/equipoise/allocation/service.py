"""The line between the trial's application and the maker of the list: JSON over HTTP on a Unix socket or a port.

Claims are signed and answers are sealed and signed (`vendor`), so the line itself need not be trusted.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from equipoise.allocation.openers import SignedClaim
from equipoise.allocation.sealing import SUITE
from equipoise.allocation.vendor import Vendor, answer_context, answer_text, claim_text
from equipoise.errors import AllocationError

LARGEST_REQUEST = 16 * 1024
TIMEOUT_SECONDS = 20.0
OK, REFUSED, NOT_FOUND = 200, 409, 404


def server(vendor: Vendor, address: Path | tuple[str, int]) -> ThreadingHTTPServer:
    """A server that answers claims; call its `serve_forever`.

    Args:
        address: path of a Unix socket, or host and port.
    """

    class Handler(BaseHTTPRequestHandler):
        """One request."""

        timeout = TIMEOUT_SECONDS

        def do_POST(self) -> None:
            status, content = answered(vendor, self.path, self._body())
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _body(self) -> bytes:
            length = self.headers.get("Content-Length", "")
            return self.rfile.read(int(length)) if length.isdigit() and int(length) <= LARGEST_REQUEST else b""

        def log_message(self, *args: object) -> None:
            """The maker's log is that of opened slots."""

        def address_string(self) -> str:
            return "application"

    if isinstance(address, Path):
        address.unlink(missing_ok=True)
        return _UnixServer(str(address), Handler)  # type: ignore[arg-type]
    return _Server(address, Handler)


class _Server(ThreadingHTTPServer):
    """A thread for each request, and room for a queue of them."""

    request_queue_size = 128


class _UnixServer(_Server):
    """The same on a Unix socket."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0


def answered(vendor: Vendor, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """Status and content of the answer to a request."""
    if path != "/open":
        return NOT_FOUND, {"fault": "there is only /open"}
    try:
        request = json.loads(body)
    except ValueError:
        request = {}
    try:
        return OK, dict(vendor.answer(request))
    except AllocationError as refusal:
        return REFUSED, refusal.as_dict()


class _UnixConnection(HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: str):
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(self._path)


@dataclass(slots=True)
class VendorService:
    """Asks the maker of the list to open claimed slots.

    Args:
        address: path of the maker's Unix socket, or host and port.
        signing: the application's key for claims.
        maker: the maker's public signing key.
        claims: all claims of a scheme; where an earlier claim of a stratum was never opened (the program stopped
            between the two), it is opened first.
    """

    address: Path | tuple[str, int]
    signing: Ed25519PrivateKey = field(repr=False)
    maker: Ed25519PublicKey
    claims: Callable[[str], Sequence[SignedClaim]]

    def open(self, claim: SignedClaim) -> str:
        """Arm id of a claimed slot; the same again for the same claim.

        Raises:
            AllocationError: the maker refuses, cannot be reached, or the answer is not the maker's.
        """
        try:
            return self._ask(claim)
        except AllocationError as refusal:
            if refusal.rule != "ALLOCATION-NEXT":
                raise
        for earlier in self.claims(claim.scheme):
            if earlier.stratum == claim.stratum and earlier.position < claim.position:
                self._ask(earlier)
        return self._ask(claim)

    def _ask(self, claim: SignedClaim) -> str:
        said = dict(claim.as_dict())
        key = X25519PrivateKey.generate()
        request = {
            "claim": said,
            "signature": self.signing.sign(claim_text(said)).hex(),
            "answer_to": key.public_key().public_bytes_raw().hex(),
        }
        status, content = self._send(request, claim)
        if status != OK:
            raise _as_error(content, claim)
        try:
            self.maker.verify(bytes.fromhex(content["signature"]), answer_text(claim.claim_id, content["arm"]))
            return (
                SUITE.decrypt(bytes.fromhex(content["arm"]), key, answer_context(claim.claim_id)).rstrip(b"\0").decode()
            )
        except (KeyError, TypeError, ValueError, InvalidSignature, InvalidTag):
            raise AllocationError(
                "the answer does not come from the maker of the list",
                where=f"scheme {claim.scheme}, position {claim.position}",
                rule="ALLOCATION-ANSWER",
                remedy="stop randomization; check the address and the maker's key. The slot stays this subject's",
            ) from None

    def _send(self, request: dict[str, Any], claim: SignedClaim) -> tuple[int, dict[str, Any]]:
        connection = (
            _UnixConnection(str(self.address))
            if isinstance(self.address, Path)
            else HTTPConnection(*self.address, timeout=TIMEOUT_SECONDS)
        )
        try:
            connection.request("POST", "/open", json.dumps(request), {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = json.loads(response.read(LARGEST_REQUEST))
            return response.status, content if isinstance(content, dict) else {}
        except (OSError, HTTPException, ValueError):
            raise AllocationError(
                "the opener of the list cannot be reached",
                where=f"scheme {claim.scheme}, position {claim.position}",
                rule="ALLOCATION-UNREACHABLE",
                remedy="try again: the slot stays this subject's. If it lasts, follow the back-up procedure",
            ) from None
        finally:
            connection.close()


def _as_error(content: dict[str, Any], claim: SignedClaim) -> AllocationError:
    """The maker's refusal."""
    return AllocationError(
        str(content.get("fault", "the maker of the list refuses")),
        where=str(content.get("where", f"scheme {claim.scheme}, position {claim.position}")),
        rule=str(content.get("rule", "ALLOCATION-REFUSED")),
        remedy=str(content.get("remedy", "ask the maker of the list")),
    )
