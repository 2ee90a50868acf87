"""The process that confines a submission: makes the walls, starts workers behind them, and ends all.

It runs none of the learner's code. The grader speaks to it over its standard input and output
(:mod:`labkit.grading.keeper.words`), so it is the same whether it runs beside the grader or in a container.
"""
