"""Leaves by SystemExit, as scripts do."""
# expect: failed

import sys

sys.exit(0)
