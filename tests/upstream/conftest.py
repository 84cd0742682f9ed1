"""Throw-away certificates for upstreams that speak TLS."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key


@dataclass(frozen=True)
class Certificate:
    """A server's certificate. `bundle`: the file of its authority, for clients that trust it."""

    bundle: str
    server: ssl.SSLContext


def make_certificate(folder: Path, *names: str) -> Certificate:
    """A certificate for these host names and IP addresses, by an authority of its own."""
    authority = trustme.CA()
    return _certificate(folder, authority, authority.issue_cert(*names))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def certificate_of_another(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls-other"), "another.example")


@pytest.fixture(scope="session")
def certificate_of_old(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """It has its name in the common name alone, as certificates did before alternative names."""
    authority = trustme.CA()
    leaf = _without_alternative_names(authority, authority.issue_cert(common_name="localhost"))
    return _certificate(tmp_path_factory.mktemp("tls-old"), authority, leaf)


def _certificate(folder: Path, authority: trustme.CA, leaf: trustme.LeafCert) -> Certificate:
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return Certificate(str(bundle), context)


def _without_alternative_names(authority: trustme.CA, leaf: trustme.LeafCert) -> trustme.LeafCert:
    """`leaf`, signed again without the extension, which trustme always writes."""
    issued = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    builder = (
        x509.CertificateBuilder()
        .subject_name(issued.subject)
        .issuer_name(issued.issuer)
        .public_key(issued.public_key())
        .serial_number(issued.serial_number)
        .not_valid_before(issued.not_valid_before_utc)
        .not_valid_after(issued.not_valid_after_utc)
    )
    for extension in issued.extensions:
        if not isinstance(extension.value, x509.SubjectAlternativeName):
            builder = builder.add_extension(extension.value, extension.critical)
    key = load_pem_private_key(authority.private_key_pem.bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    pem = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    return trustme.LeafCert(leaf.private_key_pem.bytes(), pem, [])
