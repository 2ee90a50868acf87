# Pytest finds the repository root by this file. What labs need comes from the labkit plugin.
