"""Sends a response over a socket: whole, cut, or not at all."""

import os
import socket
import struct
from http import HTTPStatus

from sandbox.faults import Fault
from sandbox.messages import Request, Response

NO_FAULT = Fault()
KNOWN_STATUSES = frozenset(HTTPStatus)


def send_response(
    connection: socket.socket, request: Request, response: Response | None, fault: Fault | None
) -> bool:
    """Send ``response`` as ``fault`` allows; False if the connection must be closed."""
    fault = fault or NO_FAULT
    if response is None:
        if fault.reset:
            _reset(connection)
        return False
    head = _head(response)
    whole = head if request.method == "HEAD" else head + response.body
    sent = whole if fault.cut_after is None else whole[: len(head) + fault.cut_after]
    sent = sent[: fault.cut_head_after]
    connection.sendall(sent)
    return len(sent) == len(whole)


def _head(response: Response) -> bytes:
    known = response.status in KNOWN_STATUSES
    phrase = HTTPStatus(response.status).phrase if known else "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    headers = {"Content-Length": str(len(response.body)), **response.headers}
    if response.content_type is not None:
        headers["Content-Type"] = response.content_type
    if response.status == HTTPStatus.NO_CONTENT:
        del headers["Content-Length"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _reset(connection: socket.socket) -> None:
    """Close with RST. The descriptor is closed here: the server's own close would send FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
