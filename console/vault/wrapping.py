"""The key of a key service that wraps the keyset: AWS KMS, Google Cloud KMS, or Vault's transit.

All three through Tink's own integrations, imported only where they are asked for: what they stand
on is locked in requirements-kms.txt. The keyset is unwrapped once, when a process starts; nothing
else ever asks the key service. Who we are to it, it learns in its own usual way: AWS_… variables or
a role, Google's application default credentials, VAULT_ADDR and VAULT_TOKEN.

URIs (https://developers.google.com/tink/get-key-uri): aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID,
gcp-kms://projects/P/locations/L/keyRings/R/cryptoKeys/K, hcvault://MOUNT/keys/NAME.
"""

import tink
from tink import aead

SECONDS = 10  # for one call to a key service, and it is tried twice at most


class KeyServiceFailed(Exception):
    """The key service cannot be asked. The message names no credential."""


def wrapping_aead(uri: str) -> aead.Aead:
    """Return the AEAD primitive that wraps and unwraps keysets. Raises KeyServiceFailed."""
    scheme = uri.partition("://")[0]
    if scheme not in _SERVICES:
        known = ", ".join(f"{name}://" for name in _SERVICES)
        raise KeyServiceFailed(f"its key must begin with one of {known}")
    try:
        return _SERVICES[scheme](uri)
    except ImportError:
        raise KeyServiceFailed(
            f"{scheme}:// needs more than is installed: pip install -r requirements-kms.txt"
        ) from None
    except Exception as error:
        # Three vendors' clients raise here what they like: no credentials, no region, a bad URI.
        raise KeyServiceFailed(f"its key cannot be used ({what_failed(error)})") from None


def what_failed(error: Exception) -> str:
    """The name of the error that a vendor's client raised; its text may quote a credential."""
    inner = error.args[0] if isinstance(error, tink.TinkError) and error.args else error
    return type(inner if isinstance(inner, Exception) else error).__name__


def _aws(uri: str) -> aead.Aead:
    import boto3
    from botocore.config import Config
    from tink.integration import awskms

    region = uri.split(":")[4]
    limits = Config(
        connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2}
    )
    client = boto3.client("kms", region_name=region, config=limits)
    return awskms.new_client(boto3_client=client, key_uri=uri).get_aead(uri)


def _google(uri: str) -> aead.Aead:
    from google.cloud import kms_v1
    from tink.integration import gcpkms

    # REST, for gRPC's threads would not survive gunicorn's fork.
    client = kms_v1.KeyManagementServiceClient(transport="rest")
    return gcpkms.new_client(kms_v1_client=client, key_uri=uri).get_aead(uri)


def _hashicorp(uri: str) -> aead.Aead:
    import hvac
    from tink.integration import hcvault

    client = hvac.Client(timeout=SECONDS, allow_redirects=False)
    return hcvault.new_aead(uri.partition("://")[2], client)


_SERVICES = {"aws-kms": _aws, "gcp-kms": _google, "hcvault": _hashicorp}
