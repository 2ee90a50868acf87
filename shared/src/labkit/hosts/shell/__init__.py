"""A Bash of its own: parser, expansion and interpreter over the virtual machine.

The parts, lowest first: syntax (the tree), scanner and words (text to words), parser and
conditions (text to tree), patterns and arithmetic, state, expansion, redirection, interpreter,
lookup and process (running a command), builtins, session.
"""
