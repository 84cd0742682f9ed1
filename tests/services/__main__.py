"""`python -m tests.services`: install Chromium, PostgreSQL and nginx where root and apt can.

Where they cannot, say so: the tests that need them are then skipped, each by name.
"""

import os
import shutil
import subprocess

from tests.services.chromium import find_chromium
from tests.services.nginx import find_nginx
from tests.services.postgres import find_binaries


def missing() -> list[str]:
    """The Debian packages of what is not here. Without a font a browser draws blank pages."""
    packages = [] if find_chromium() else ["chromium", "fonts-dejavu-core"]
    packages += [] if find_binaries() else ["postgresql"]
    return packages + ([] if find_nginx() else ["nginx-light"])


def main() -> None:
    packages = missing()
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Not installed: {', '.join(packages)}. Their tests will be skipped.")
        return
    print(f"Installing {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "--quiet", *command], env=environment, check=False)
    if still := missing():
        print(f"Could not be installed: {', '.join(still)}. Their tests will be skipped.")


if __name__ == "__main__":
    main()
