"""A token that the API calls expired is renewed, and the call repeated: once."""

import pytest

from console.upstream.errors import TimedOut, TokenWaitTimedOut
from console.upstream.network.egress import Response
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline
from console.upstream.tokens import AccessToken
from tests.upstream.clients import Tokens, egress_to, get, post
from tests.upstream.servers import Conversation, Server, answer, answering, listening

EXPIRED = answer(b"", status="401 Unauthorized")


def expired(answer: Response) -> bool:
    return answer.status == 401


def session_to(server: Server, tokens: Tokens, *, deadline: float = 10) -> AuthorizedSession:
    return AuthorizedSession(egress_to(server), tokens, Timeline(), deadline)


def tokens_seen(server: Server) -> list[bytes]:
    return [request.partition(b"Bearer ")[2].partition(b"\r\n")[0] for request in server.requests]


@pytest.mark.parametrize("make", [get, post])
def test_a_good_token_is_used_as_it_is(make: type) -> None:
    tokens = Tokens()
    with listening(answering(answer())) as server:
        session_to(server, tokens).send(make(server), is_expired=expired)
    assert (tokens_seen(server), tokens.renewals) == ([b"token-1"], [])


@pytest.mark.parametrize("make", [get, post])
def test_an_expired_token_is_renewed_and_the_call_repeated(make: type) -> None:
    tokens = Tokens()
    with listening(answering(EXPIRED, answer(b"1"))) as server:
        assert session_to(server, tokens).send(make(server), is_expired=expired).body == b"1"
    assert (tokens_seen(server), tokens.renewals) == ([b"token-1", b"token-2"], [1])
    assert tokens.proofs == [2]


def test_a_renewed_token_that_is_expired_too_is_not_renewed_again() -> None:
    tokens = Tokens()
    with listening(answering(EXPIRED)) as server:
        assert session_to(server, tokens).send(get(server), is_expired=expired).status == 401
    assert (tokens_seen(server), tokens.renewals) == ([b"token-1", b"token-2"], [1])
    assert tokens.proofs == []


def test_without_a_newer_token_nothing_is_repeated() -> None:
    tokens = Tokens(newest=1)
    with listening(answering(EXPIRED)) as server:
        assert session_to(server, tokens).send(get(server), is_expired=expired).status == 401
    assert (tokens_seen(server), tokens.renewals) == ([b"token-1"], [1])


@pytest.mark.parametrize("status", ["403 No", "500 Oh", "503 Oh"])
def test_any_other_refusal_is_not_repeated(status: str) -> None:
    tokens = Tokens()
    with listening(answering(answer(status=status))) as server:
        session_to(server, tokens).send(post(server), is_expired=expired)
    assert (len(server.requests), tokens.renewals) == (1, [])


def test_a_lost_answer_is_not_repeated() -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.hang()

    tokens = Tokens()
    with listening(script) as server, pytest.raises(TimedOut):
        session_to(server, tokens, deadline=0.3).send(get(server), is_expired=expired)
    assert (len(server.requests), tokens.renewals) == (1, [])


def test_the_repeat_has_only_the_time_that_the_first_left() -> None:
    def script(conversation: Conversation) -> None:
        while conversation.request():
            conversation.server.stopped.wait(0.6)
            conversation.send(EXPIRED)

    with listening(script) as server, pytest.raises(TimedOut):
        session_to(server, Tokens(), deadline=1.0).send(get(server), is_expired=expired)


def test_without_a_token_nothing_is_sent() -> None:
    class NoTokens(Tokens):
        def access_token(self) -> AccessToken:
            raise TokenWaitTimedOut("DPaaS", seconds=12)

    with listening(answering(answer())) as server:
        with pytest.raises(TokenWaitTimedOut):
            session_to(server, NoTokens()).send(get(server), is_expired=expired)
        assert server.connections == 0
