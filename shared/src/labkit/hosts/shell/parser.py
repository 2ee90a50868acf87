"""From the text of a script to its tree: a recursive-descent parser of the Bash grammar.

A grammar made for editors (tree-sitter-bash was measured) binds ``a | b 2>&1 | c`` wrongly, and
refuses here-documents in loops; an interpreter needs the real thing, and bash's own messages.
"""

from __future__ import annotations

import re
from functools import lru_cache

from labkit.hosts.shell import scanner
from labkit.hosts.shell.conditions import ConditionParser
from labkit.hosts.shell.lexer import Lexer, Token
from labkit.hosts.shell.syntax import (
    AndOr,
    Arithmetic,
    ArithmeticFor,
    Assignment,
    Background,
    Case,
    Command,
    Condition,
    For,
    Function,
    Group,
    If,
    Pipeline,
    Program,
    Redirect,
    Redirected,
    Sequence,
    ShellSyntaxError,
    Simple,
    Subshell,
    UnsupportedSyntax,
    While,
    Word,
)
from labkit.hosts.shell.words import parse_quoted, parse_word, parse_words

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[([^\]]*)\])?(\+?)=", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FUNCTION_NAME = re.compile(r"[^\s$`'\"\\(){}<>;&|=]+")
_DECLARING = ("declare", "export", "local", "readonly", "typeset")
_CLOSERS = ("then", "do", "done", "fi", "elif", "else", "esac", "}", "in")
_COMPOUND = ("if", "for", "while", "until", "case", "{", "[[", "function", "select", "coproc")
RESERVED = (*_CLOSERS, *_COMPOUND, "!", "time", "]]")


@lru_cache(maxsize=512)
def parse(text: str) -> Program:
    """Parse a script. A syntax error ends up in ``problem``, with what stands before it.

    Raises:
        UnsupportedSyntax: it uses a part of Bash that this shell does not know.
    """
    parser = Parser(text)
    items: list[Command] = []
    try:
        while (item := parser.line()) is not None:
            items.append(item)
    except ShellSyntaxError as problem:
        return Program(tuple(items), problem, tuple(parser.lexer.warnings))
    return Program(tuple(items), None, tuple(parser.lexer.warnings))


class Parser:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        # bash ends a command line with a newline of its own.
        self.text = text if text.endswith("\n") else text + "\n"
        self.lexer = Lexer(self.text)
        self.token = self.lexer.next()

    # -- tokens ----------------------------------------------------------------------------------

    def advance(self) -> Token:
        token, self.token = self.token, self.lexer.next()
        return token

    def unexpected(self) -> ShellSyntaxError:
        token = self.token
        if token.kind == "end":
            last = self.text.count("\n") + 1
            return ShellSyntaxError("syntax error: unexpected end of file", last, incomplete=True)
        shown = "newline" if token.text == "\n" else token.text
        source = self.text.split("\n")[token.line - 1]
        return ShellSyntaxError(f"syntax error near unexpected token `{shown}'", token.line, source)

    def is_word(self, *texts: str) -> bool:
        return self.token.kind == "word" and self.token.text in texts

    def is_operator(self, *texts: str) -> bool:
        return self.token.kind == "operator" and self.token.text in texts

    def expect_word(self, text: str) -> None:
        if not self.is_word(text):
            raise self.unexpected()
        self.advance()

    def expect_operator(self, text: str) -> None:
        if not self.is_operator(text):
            raise self.unexpected()
        self.advance()

    def skip_newlines(self) -> None:
        while self.is_operator("\n"):
            self.advance()

    # -- lists -----------------------------------------------------------------------------------

    def line(self) -> Command | None:
        """One complete command, as far as bash reads before it runs something; None at the end."""
        self.skip_newlines()
        if self.token.kind == "end":
            return None
        items: list[Command] = []
        while True:
            items.append(self.item())
            if self.is_operator(";", "&"):
                items[-1] = self.terminated(items[-1])
                if not (self.is_operator("\n") or self.token.kind == "end"):
                    continue
            if self.token.kind != "end" and not self.is_operator("\n"):
                raise self.unexpected()
            return items[0] if len(items) == 1 else Sequence(tuple(items))

    def terminated(self, item: Command) -> Command:
        return Background(item) if self.advance().text == "&" else item

    def item(self) -> Command:
        first = self.pipeline()
        rest: list[tuple[str, Command]] = []
        while self.is_operator("&&", "||"):
            operator = self.advance().text
            self.skip_newlines()
            rest.append((operator, self.pipeline()))
        return AndOr(first, tuple(rest)) if rest else first

    def body(self, *closers: str) -> Sequence:
        """Commands up to one of the closing words (or ``)`` and ``;;``), which stays."""
        items: list[Command] = []
        self.skip_newlines()
        while not (self.is_word(*closers) or self.is_operator(*closers)):
            item = self.item()
            if self.is_operator(";", "&"):
                item = self.terminated(item)
            elif not self.is_operator("\n", *closers):
                raise self.unexpected()
            items.append(item)
            self.skip_newlines()
        return Sequence(tuple(items))

    def block(self, *closers: str) -> Sequence:
        """A body that must not be empty."""
        body = self.body(*closers)
        if not body.items:
            raise self.unexpected()
        return body

    def pipeline(self) -> Command:
        negated = timed = False
        while self.is_word("!", "time"):
            word = self.advance().text
            if word == "time":
                timed = True
                if self.is_word("-p"):
                    self.advance()
            else:
                negated = not negated
        commands: list[Command] = []
        merge: list[bool] = []
        if not ((timed or negated) and (self.token.kind == "end" or self.is_operator("\n", ";"))):
            commands.append(self.command())
        while self.is_operator("|", "|&"):
            merge.append(self.advance().text == "|&")
            self.skip_newlines()
            commands.append(self.command())
        if len(commands) == 1 and not negated and not timed:
            return commands[0]
        return Pipeline(tuple(commands), negated, timed, tuple(merge))

    # -- commands --------------------------------------------------------------------------------

    def command(self) -> Command:
        token = self.token
        if token.kind == "operator" and token.text == "(":
            return self.redirected(self.parenthesis())
        if token.kind == "word":
            if token.text in _COMPOUND:
                return self.compound(token.text)
            if token.text in _CLOSERS:
                raise self.unexpected()
            if _FUNCTION_NAME.fullmatch(token.text) and self.lexer.peek("("):
                return self.function(token.text)
        return self.simple()

    def compound(self, word: str) -> Command:
        if word in ("select", "coproc"):
            raise UnsupportedSyntax(word)
        if word == "[[":
            return self.redirected(self.condition())
        if word == "function":
            self.advance()
            return self.function(self.token.text)
        self.advance()
        makers = {
            "if": self.if_command,
            "for": self.for_command,
            "while": self.while_command,
            "until": lambda: self.while_command(until=True),
            "case": self.case_command,
            "{": self.group,
        }
        return self.redirected(makers[word]())

    def redirected(self, body: Command) -> Command:
        redirects = []
        while (redirect := self.redirect()) is not None:
            redirects.append(redirect)
        return Redirected(body, tuple(redirects)) if redirects else body

    def function(self, name: str) -> Command:
        self.advance()
        if self.is_operator("("):
            self.advance()
            self.expect_operator(")")
        self.skip_newlines()
        if not (self.is_operator("(") or self.is_word(*_COMPOUND)):
            raise self.unexpected()
        return Function(name, self.command())

    def parenthesis(self) -> Command:
        start = self.token.start
        if self.text.startswith("((", start):
            end = scanner.try_arithmetic(self.text, start + 2)
            if end is not None:
                line = self.token.line
                self.token = self.lexer.jump(end)
                return Arithmetic(parse_quoted(self.text[start + 2 : end - 2]), line)
            if self.text.count(")", start) < 2:
                raise scanner.unterminated(self.text, start, ")")
        self.advance()
        body = self.block(")")
        self.advance()
        return Subshell(body)

    def group(self) -> Command:
        body = self.block("}")
        self.advance()
        return Group(body)

    def if_command(self) -> Command:
        clauses = []
        while True:
            condition = self.block("then")
            self.advance()
            clauses.append((condition, self.block("elif", "else", "fi")))
            closer = self.advance().text
            if closer == "else":
                otherwise: Sequence | None = self.block("fi")
                self.advance()
                break
            if closer == "fi":
                otherwise = None
                break
        return If(tuple(clauses), otherwise)

    def do_group(self) -> Sequence:
        if self.is_operator(";"):
            self.advance()
        self.skip_newlines()
        if self.is_word("{"):
            self.advance()
            body = self.block("}")
        else:
            self.expect_word("do")
            body = self.block("done")
        self.advance()
        return body

    def for_command(self) -> Command:
        line = self.token.line
        if self.is_operator("("):
            return self.arithmetic_for(line)
        if self.token.kind != "word":
            raise self.unexpected()
        name = self.advance().text
        self.skip_newlines()
        words: tuple[Word, ...] | None = None
        if self.is_word("in"):
            self.advance()
            found: list[Word] = []
            while self.token.kind == "word":
                found += parse_words(self.advance().text)
            if not self.is_operator(";", "\n"):
                raise self.unexpected()
            words = tuple(found)
        return For(name, words, self.do_group(), line)

    def arithmetic_for(self, line: int) -> Command:
        start = self.token.start
        end = scanner.try_arithmetic(self.text, start + 2) if self.text.startswith("((", start) else None
        if end is None:
            raise self.unexpected()
        pieces = self.text[start + 2 : end - 2].split(";")
        if len(pieces) != 3:
            raise ShellSyntaxError("syntax error: arithmetic expression required", line)
        self.token = self.lexer.jump(end)
        parts = [parse_quoted(piece.strip()) if piece.strip() else None for piece in pieces]
        return ArithmeticFor(parts[0], parts[1], parts[2], self.do_group(), line)

    def while_command(self, *, until: bool = False) -> Command:
        condition = self.block("do")
        return While(condition, self.do_group(), until)

    def case_command(self) -> Command:
        if self.token.kind != "word":
            raise self.unexpected()
        subject = parse_word(self.advance().text)
        self.skip_newlines()
        self.expect_word("in")
        self.skip_newlines()
        items = []
        while not self.is_word("esac"):
            items.append(self.case_item())
            self.skip_newlines()
        self.advance()
        return Case(subject, tuple(items))

    def case_item(self) -> tuple[tuple[Word, ...], Sequence, str]:
        if self.is_operator("("):
            self.advance()
        patterns = []
        while True:
            if self.token.kind != "word":
                raise self.unexpected()
            patterns.append(parse_word(self.advance().text))
            if not self.is_operator("|"):
                break
            self.advance()
        self.expect_operator(")")
        body = self.body("esac", ";;", ";&", ";;&")
        ending = ";;" if self.is_word("esac") else self.advance().text
        return tuple(patterns), body, ending

    def condition(self) -> Command:
        line = self.token.line
        test, end = ConditionParser(self.text, self.token.end, line).parse()
        self.token = self.lexer.jump(end)
        return Condition(test, line)

    # -- simple commands -------------------------------------------------------------------------

    def simple(self) -> Command:
        line = self.token.line
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        declared: list[tuple[int, Assignment]] = []
        while True:
            redirect = self.redirect()
            if redirect is not None:
                redirects.append(redirect)
                continue
            if self.token.kind != "word":
                break
            raw = self.token.text
            match = _ASSIGNMENT.match(raw)
            declaring = bool(words) and words[0].plain in _DECLARING
            if match and (not words or declaring):
                assignment = self.assignment(match)
                if declaring:
                    declared.append((len(words), assignment))
                    words.append(parse_word(raw.split("=", 1)[0]))
                else:
                    assignments.append(assignment)
                continue
            self.advance()
            words += parse_words(raw)
        if not (assignments or words or redirects):
            raise self.unexpected()
        if self.is_operator("("):
            raise self.unexpected()
        return Simple(tuple(assignments), tuple(words), tuple(redirects), line, tuple(declared))

    def assignment(self, match: re.Match[str]) -> Assignment:
        token = self.token
        raw = token.text
        name, index, append = match[1], match[2], bool(match[3])
        key = None if index is None else parse_quoted(index)
        end = match.end()
        if end == len(raw) and self.text[token.end : token.end + 1] == "(":
            close = scanner.skip_parentheses(self.text, token.end + 1)
            inner = self.text[token.end + 1 : close - 1]
            self.token = self.lexer.jump(close)
            return Assignment(name, None, tuple(self.elements(inner)), key, append)
        self.advance()
        return Assignment(name, parse_word(raw[end:], assignment=True), None, key, append)

    def elements(self, inner: str) -> list[tuple[Word | None, Word]]:
        lexer = Lexer(inner)
        found: list[tuple[Word | None, Word]] = []
        while (token := lexer.next()).kind != "end":
            if token.kind != "word":
                if token.text == "\n":
                    continue
                raise self.unexpected()
            if match := re.match(r"\[([^\]]+)\]=", token.text):
                found.append((parse_quoted(match[1].strip("\"'")), parse_word(token.text[match.end() :])))
            else:
                found += [(None, word) for word in parse_words(token.text)]
        return found

    def redirect(self) -> Redirect | None:
        token = self.token
        if token.kind != "redirect":
            return None
        operator, descriptor = token.text, token.descriptor
        if operator in ("<(", ">("):
            raise UnsupportedSyntax(f"process substitution {operator}...)")
        if operator in ("<<", "<<-"):
            document = self.lexer.document(operator)
            self.token = self.lexer.next()
            # Bodies follow the line, so the text is filled in once the line is read.
            return Redirect(operator, descriptor, document.word())
        self.advance()
        if self.token.kind != "word":
            raise self.unexpected()
        raw = self.advance().text
        return Redirect(operator, descriptor, parse_word(raw))


def is_name(text: str) -> bool:
    """Whether a text can be the name of a variable."""
    return _NAME.fullmatch(text) is not None
