"""How much memory glibc keeps for a process with many threads: see mallopt(3).

Measured by `python -m bench --only memory`, in turn: after 4,000 calls two workers and their parent
take 194 MB with glibc's own settings, and 166 to 176 MB with these.
"""

import ctypes

from console.upstream.network.response import LARGE

M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
MAX_ARENAS = 2  # glibc's default is 8 for each core; each keeps what was freed in it


def limit_kept_memory() -> None:
    """Share few heaps among all threads, and return each large block when it is freed.

    By itself glibc raises the size from which it returns blocks to that of the largest block that
    it has seen, and then each thread keeps some 15 MB: of eight, 132 MB in place of 64.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's alone
    if mallopt is not None:
        mallopt(M_ARENA_MAX, MAX_ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE)
