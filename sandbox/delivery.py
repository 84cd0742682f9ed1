"""Puts an answer on the wire: whole, cut, dripped, or not at all."""

import os
import socket
import struct
import threading
from http import HTTPStatus

from sandbox.faults import Fault
from sandbox.messages import Request, Response

NO_FAULT = Fault()


def deliver(
    connection: socket.socket,
    request: Request,
    response: Response | None,
    fault: Fault | None,
    interrupted: threading.Event,
) -> bool:
    """Send ``response`` as ``fault`` allows; False if the connection must be closed."""
    fault = fault or NO_FAULT
    if response is None:
        if fault.reset:
            _reset(connection)
        return False
    head = _head(response)
    whole = head if request.method == "HEAD" else head + response.body
    kept = whole if fault.cut_after is None else whole[: len(head) + fault.cut_after]
    kept = kept[: fault.cut_head_after]
    if fault.drip is None:
        connection.sendall(kept)
    else:
        start = 0 if fault.drip_head else len(head)
        connection.sendall(kept[:start])
        _drip(connection, kept[start:], fault.drip, fault.drip_bytes, interrupted)
    return len(kept) == len(whole) and not interrupted.is_set()


def _head(response: Response) -> bytes:
    phrase = HTTPStatus(response.status).phrase if response.status in _KNOWN else "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    headers = {"Content-Length": str(len(response.body)), **response.headers}
    if response.content_type is not None:
        headers["Content-Type"] = response.content_type
    if response.status == HTTPStatus.NO_CONTENT:
        del headers["Content-Length"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


_KNOWN = frozenset(int(status) for status in HTTPStatus)


def _drip(
    connection: socket.socket, body: bytes, pause: float, step: int, interrupted: threading.Event
) -> None:
    """Send ``step`` bytes, wait ``pause`` seconds, and so on; ends early on interrupted."""
    for start in range(0, len(body), step):
        connection.sendall(body[start : start + step])
        if interrupted.wait(pause):
            return


def _reset(connection: socket.socket) -> None:
    """Close with RST. The descriptor goes at once: the server's own close would send FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
