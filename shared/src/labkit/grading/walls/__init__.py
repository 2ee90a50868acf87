"""What the kernel can put around untrusted code, one module per means. Linux; each says whether it holds."""

from __future__ import annotations

import sys

#: The means a process sandbox uses where the kernel has them. Privileges are dropped with any of them.
MEANS: tuple[str, ...] = ("namespaces", "control groups", "landlock") if sys.platform == "linux" else ()
