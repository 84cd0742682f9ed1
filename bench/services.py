"""`python -m bench.services`: install nginx where root and apt can, for one row of the table."""

import os
import shutil
import subprocess

from bench.nginx import MISSING, find_nginx


def main() -> None:
    if find_nginx():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["install", "--yes", "--no-install-recommends", "nginx-light"]
        for command in (["update"], install):
            subprocess.run(["apt-get", "--quiet", *command], env=environment, check=False)
    if not find_nginx():
        print(f"{MISSING}: its row is left out.")


if __name__ == "__main__":
    main()
