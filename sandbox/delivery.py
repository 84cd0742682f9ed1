"""Puts an answer on the wire: whole, cut, dripped, or not at all."""

import os
import socket
import struct
import threading
from http import HTTPStatus

from sandbox.faults import Fault
from sandbox.messages import Request, Response


def deliver(
    connection: socket.socket,
    request: Request,
    response: Response | None,
    fault: Fault | None,
    interrupted: threading.Event,
) -> bool:
    """Send ``response`` as ``fault`` allows; False if the connection must be closed."""
    if response is None:
        if fault is not None and fault.reset:
            _reset(connection)
        return False
    head = _head(response)
    body = b"" if request.method == "HEAD" else response.body
    if fault is not None and fault.cut_head_after is not None:
        connection.sendall((head + body)[: fault.cut_head_after])
        return False
    cut = fault is not None and fault.cut_after is not None
    if fault is not None and cut:
        body = body[: fault.cut_after]
    if fault is None or fault.drip is None:
        connection.sendall(head + body)
    else:
        at_once, dripped = (b"", head + body) if fault.drip_head else (head, body)
        connection.sendall(at_once)
        _drip(connection, dripped, fault.drip, fault.drip_bytes, interrupted)
    return not cut and not interrupted.is_set()


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
