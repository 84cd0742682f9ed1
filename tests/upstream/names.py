"""A name service of the test's own: a table that takes the place of the system's resolver."""

import socket
from collections.abc import Mapping, Sequence
from typing import Any

from console.upstream.network.resolver import Address


class Table:
    """Each host's answers, one list for each time it is asked; the last one for ever."""

    def __init__(self, hosts: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self.hosts = {host: list(answers) for host, answers in hosts.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answers = self.hosts.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "not in the table")
        return [told(ip, port) for ip in (answers.pop(0) if len(answers) > 1 else answers[0])]


def told(ip: str, port: int) -> Address:
    """`ip` in the form of getaddrinfo."""
    where: tuple[Any, ...] = (ip, port, 0, 0) if ":" in ip else (ip, port)
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where


def always(**hosts: str) -> Table:
    """A table with one address for each host; `_` in a keyword stands for a dot."""
    return Table({host.replace("_", "."): [[ip]] for host, ip in hosts.items()})
