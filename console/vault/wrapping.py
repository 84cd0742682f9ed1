"""The keyset wrapped by a key service's key: AWS KMS, Google Cloud KMS, or Vault's transit engine.

Through Tink's integrations, each imported when it is needed; requirements-kms.txt locks their
dependencies. The keyset is unwrapped once, when a process starts; nothing else calls the key
service. Credentials come from where each client looks for them: AWS_… variables or a role, Google's
application default credentials, VAULT_ADDR and VAULT_TOKEN.

URIs (https://developers.google.com/tink/get-key-uri): aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID,
gcp-kms://projects/P/locations/L/keyRings/R/cryptoKeys/K, hcvault://MOUNT/keys/NAME.
"""

import tink
from tink import aead

TIMEOUT_SECONDS = 10  # of one call to a key service; there are two attempts at most


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
        # The vendors' clients raise many types: no credentials, no region, a bad URI.
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
        connect_timeout=TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
        retries={"total_max_attempts": 2},
    )
    client = boto3.client("kms", region_name=region, config=limits)
    return awskms.new_client(boto3_client=client, key_uri=uri).get_aead(uri)


def _google(uri: str) -> aead.Aead:
    from google.cloud import kms_v1
    from tink.integration import gcpkms

    # REST, because gRPC's threads would not survive gunicorn's fork.
    client = kms_v1.KeyManagementServiceClient(transport="rest")
    return gcpkms.new_client(kms_v1_client=client, key_uri=uri).get_aead(uri)


def _hashicorp(uri: str) -> aead.Aead:
    import hvac
    from tink.integration import hcvault

    client = hvac.Client(timeout=TIMEOUT_SECONDS, allow_redirects=False)
    return hcvault.new_aead(uri.partition("://")[2], client)


_SERVICES = {"aws-kms": _aws, "gcp-kms": _google, "hcvault": _hashicorp}
