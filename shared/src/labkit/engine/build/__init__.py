"""Building images: the classic builder's reading of a Dockerfile, and its steps.

Lowest first: words (quotes and variables), dockerfile (lines to instructions), instructions (what each does
to the config), copying (files of the context), builder (the steps, the cache, the progress).
"""
