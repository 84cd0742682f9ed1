"""Throw-away certificates for upstreams that speak TLS."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificate:
    """A certificate that vouches for itself. `bundle`: the file for those who trust it."""

    bundle: str
    server: ssl.SSLContext


def make_certificate(folder: Path, names: str, *, common_name: str = "test") -> Certificate:
    """`names` are its alternative ones, as openssl writes them; it may have none."""
    extensions = ("-addext", f"subjectAltName={names}") if names else ()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", f"/CN={common_name}"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *extensions,
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Certificate(str(certificate), context)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1,DNS:localhost")


@pytest.fixture(scope="session")
def certificate_of_another(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls-other"), "DNS:another.example")


@pytest.fixture(scope="session")
def certificate_of_old(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """It holds its name as certificates did before they had alternative names."""
    return make_certificate(tmp_path_factory.mktemp("tls-old"), "", common_name="localhost")
