"""`python -m console.vault [KEK_URI]` prints a new keyset for VAULT_KEYSET.

With the URI of a key service's key the keyset comes wrapped by it.
"""

import sys

from console.vault.keyset import KeysetUnusable, new_keyset

try:
    sys.stdout.write(new_keyset(*sys.argv[1:2]) + "\n")
except KeysetUnusable as error:
    sys.exit(f"No keyset was made: {error}.")
