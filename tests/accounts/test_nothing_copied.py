"""Nothing of the browser's request goes on to an upstream: judged by the bytes that arrive."""

import json

from console.profiles.clients import egress
from tests.factories import DpaasProfileFactory, DpaasTokensJSONFactory
from tests.services.profiles import client_of, screen_of
from tests.upstream.servers import Conversation, answer, listening

TOKENS = json.dumps(DpaasTokensJSONFactory(access_token="t0ken")).encode()
BROWSER = {
    "Authorization": "Bearer zq7-of-the-browser",
    "Proxy-Authorization": "Basic zq7",
    "X-Forwarded-For": "zq7.example",
    "X-Forwarded-Host": "zq7.example",
    "Forwarded": "for=zq7",
    "X-Real-IP": "zq7",
    "Referer": "http://zq7.example/zq7",
    "Origin": "http://zq7.example",
    "User-Agent": "zq7",
    "Accept-Language": "zq7",
    "X-Hasura-Role": "zq7",
    "X-Hasura-Admin-Secret": "zq7",
    "X-Request-ID": "zq7",
    "Range": "bytes=zq7",
    "If-None-Match": '"zq7"',
    "Expect": "zq7",
    "Connection": "zq7",
}


def heads(requests: list[bytes]) -> list[set[str]]:
    lines = (
        request.partition(b"\r\n\r\n")[0].decode().lower().split("\r\n") for request in requests
    )
    return [{line.partition(":")[0] for line in head[1:]} for head in lines]


def test_no_header_cookie_or_parameter_of_the_browser_reaches_an_upstream(settings, alice):
    def script(conversation: Conversation) -> None:
        while request := conversation.request():
            signing_in = b"/authentication/" in request.split(b"\r\n")[0]
            body = TOKENS if signing_in else b'{"total": 0, "page": 1, "results": []}'
            conversation.send(answer(body, head=b"Set-Cookie: upstream=zq8\r\n"))

    with listening(script) as server:
        settings.UPSTREAM_ORIGINS = [server.url]
        egress.cache_clear()
        accounts = screen_of(DpaasProfileFactory(owner=alice, base_url=server.url))
        client = client_of(alice)
        client.cookies["theirs"] = "zq7"
        for _ in range(2):
            page = client.get(accounts, {"zq7": "zq7", "page": "1"}, headers=BROWSER)
            assert page.status_code == 200
            assert "zq8" not in f"{page.headers}{page.cookies}{page.content.decode()}"
        egress.cache_clear()
    sign_in, *reads = server.requests
    assert not any(b"zq" in request.lower() for request in server.requests)
    assert not any(b"cookie" in request.lower() for request in server.requests)
    own = {"host", "user-agent", "accept", "accept-encoding"}
    assert heads(reads) == [own | {"authorization"}] * 2
    assert heads([sign_in]) == [own | {"content-type", "content-length"}]
    assert all(b"bearer t0ken" in request.lower() for request in reads)
