"""Two key services on loopback, as far as a keyset needs them, and strict about what they are sent.

Vault's transit (https://developer.hashicorp.com/vault/api-docs/secret/transit) and AWS KMS
(https://docs.aws.amazon.com/kms/latest/APIReference/). Their keys are Tink's own.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import tink
from tink import aead

TOKEN = "hvs.a-token-of-the-tests"
AWS_SECRET = "an-aws-secret-of-the-tests"
ACCESS_KEY = "AKIDOFTHETESTS"
ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
HCVAULT = "hcvault://transit/keys/gatehouse"
AWS = f"aws-kms://{ARN}"


def a_key() -> aead.Aead:
    return tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM).primitive(aead.Aead)


@dataclass
class KeyService:
    """`answers_with`: a status in place of the work, "" none; `asked`: what was asked of it."""

    url: str = ""
    key: aead.Aead = field(default_factory=a_key)
    answers_with: int = 0
    asked: list[str] = field(default_factory=list)
    unwrapped: list[str] = field(default_factory=list)  # what it gave out, in base64

    def answer(self, path: str, headers: Any, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.answers_with:
            return self.answers_with, {"errors": ["permission denied"]}
        if path == "/":
            return self._aws(headers, body)
        return self._transit(path, headers, body)

    def _transit(self, path: str, headers: Any, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if headers["X-Vault-Token"] != TOKEN:
            return 403, {"errors": ["permission denied"]}
        if path == "/v1/transit/encrypt/gatehouse":
            self.asked.append("encrypt")
            sealed = self.key.encrypt(base64.b64decode(body["plaintext"], validate=True), b"")
            return 200, {"data": {"ciphertext": "vault:v1:" + base64.b64encode(sealed).decode()}}
        if path == "/v1/transit/decrypt/gatehouse":
            self.asked.append("decrypt")
            scheme, version, sealed = body["ciphertext"].split(":")
            assert (scheme, version) == ("vault", "v1")
            return self._opened(sealed, lambda plain: {"data": {"plaintext": plain}})
        return 404, {"errors": []}

    def _aws(self, headers: Any, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        signature = headers["Authorization"]
        scope = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/"
        if not signature.startswith(scope) or "/eu-central-1/kms/aws4_request" not in signature:
            return 400, {"__type": "UnrecognizedClientException"}
        if body["KeyId"] != ARN:
            return 400, {"__type": "NotFoundException"}
        action = headers["X-Amz-Target"].removeprefix("TrentService.")
        self.asked.append(action.lower())
        if action == "Encrypt":
            sealed = self.key.encrypt(base64.b64decode(body["Plaintext"], validate=True), b"")
            return 200, {"CiphertextBlob": base64.b64encode(sealed).decode(), "KeyId": ARN}
        assert action == "Decrypt"
        return self._opened(body["CiphertextBlob"], lambda plain: {"Plaintext": plain})

    def _opened(self, sealed: str, shape: Any) -> tuple[int, dict[str, Any]]:
        try:
            plain = self.key.decrypt(base64.b64decode(sealed, validate=True), b"")
        except tink.TinkError:
            refused = "InvalidCiphertextException"
            return 400, {"__type": refused, "errors": ["cipher: message authentication failed"]}
        self.unwrapped.append(base64.b64encode(plain).decode())
        return 200, shape(self.unwrapped[-1])


@contextmanager
def key_service() -> Iterator[KeyService]:
    """A key service that listens on a free port."""
    service = KeyService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            status, answer = service.answer(
                self.path, self.headers, json.loads(self.rfile.read(length))
            )
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST  # noqa: N815

        def log_message(self, *words: object) -> None:
            """Say nothing: what is asked is in `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def environment(service: KeyService) -> dict[str, str]:
    """The variables by which the vendors' own clients find the service."""
    return {
        "VAULT_ADDR": service.url,
        "VAULT_TOKEN": TOKEN,
        "AWS_ENDPOINT_URL": service.url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
