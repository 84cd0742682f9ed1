"""`python -m console.vault` prints a new keyset for VAULT_KEYSET."""

import sys

from console.vault.keyset import new_keyset

sys.stdout.write(new_keyset() + "\n")
