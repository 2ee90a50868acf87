"""Batch grading in isolation: many learners, many labs, none of them trusted.

One submission: :func:`labkit.grading.judge.judge`. The package imports nothing, since the keeper of a sandbox
starts from here as well.
"""
