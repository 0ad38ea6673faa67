"""The outline of a C++ file, read without a compiler: code without comments and strings, functions, types, globals.

It is meant for checks of style: exact on formatted code, and silent rather than wrong where it cannot tell.
Cost: linear in the file's length.
"""
import dataclasses
import re

_TOKENS = re.compile(
    r'''R"(?P<raw>[^\s()\\]{0,16})\((?:.|\n)*?\)(?P=raw)"  # a raw string
      | //(?:[^\n\\]|\\.|\\\n)* | /\*(?:.|\n)*?\*/         # comments
      | "(?:[^"\\\n]|\\(?:.|\n))*"                          # a string
      | \b(?:0[xX][0-9a-fA-F'] | \d)[0-9a-zA-Z_.']*         # a number, whose ' is no quote
      | '(?:[^'\\\n]|\\.)+'                                 # a character''', re.VERBOSE)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)
_MARKS = re.compile(r"[{};()]|\b(?:public|private|protected)\s*:(?!:)")
_TYPE = re.compile(r"^(?:template\b.*?>\s*)?(?:typedef\s+)?(class|struct|union|enum(?:\s+class|\s+struct)?)\b"
                   r"(?:\s*\[\[.*?\]\]|\s+alignas\s*\([^()]*\))*\s*([\w:]*)\s*(<?)", re.DOTALL)
_TEMPLATE_ARGUMENTS = re.compile(r"<(?:[^<>()]|\([^()]*\))*>")
_CALLABLE = re.compile(r"(~?\w+(?:::~?\w+)*)\s*\(")
_GLOBAL = re.compile(r"^(?:(?:static|inline|thread_local)\s+)*(?:[\w:]+[\s*&]+)+(\w+)\s*(?:\[[^]]*\]\s*)*(?:=|$)")
_NOT_A_VARIABLE = re.compile(r"\b(?:const|constexpr|constinit|using|typedef|friend|extern|return|namespace|class|struct"
                             r"|enum|union|template|concept|static_assert|operator|goto)\b")


@dataclasses.dataclass(frozen=True)
class Function:
    name: str  # its last part: `f` of `Graph::f`
    owner: str  # the class it is a member of, or ""
    line: int  # of the opening brace, or of the declaration's end
    length: int  # lines from opening to closing brace; 0 for a declaration


@dataclasses.dataclass(frozen=True)
class Named:
    name: str
    line: int


@dataclasses.dataclass
class Outline:
    code: str  # the text with comments, and what strings hold, blanked; line numbers are kept
    functions: list
    types: list
    globals: list  # variables at namespace or class scope, or static in a function, that are not constant


def blank_comments_and_strings(text):
    """The text with comments and the insides of literals as spaces; every line keeps its number and length."""
    def blank(match):
        token = match.group()
        if token[0].isdigit():
            return token
        inner = re.sub(r"[^\n]", " ", token)
        return inner if token[0] == "/" else token[0] + inner[1:-1] + token[-1]
    return _TOKENS.sub(blank, text)


def outline(text):
    code = blank_comments_and_strings(text)
    result = Outline(code, [], [], [])
    _Scanner(_DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code), result).scan()
    return result


@dataclasses.dataclass
class _Scope:
    kind: str  # "namespace", "type", "function" or "value"
    name: str
    line: int
    resume: str  # for a value: the statement it stands in


class _Scanner:
    """Walks the braces; between them, the text since the last statement says what the next brace opens."""

    def __init__(self, code, result):
        self.code, self.result = code, result
        self.scopes = [_Scope("namespace", "", 0, "")]
        self.statement = ""
        self.parentheses = 0

    def scan(self):
        position, line = 0, 1
        for mark in _MARKS.finditer(self.code):
            piece = self.code[position:mark.start()]
            line += piece.count("\n")
            position = mark.end()
            self.statement += piece
            self._step(mark.group(), line)
            line += mark.group().count("\n")

    def _step(self, mark, line):
        if mark in "()":
            self.parentheses += 1 if mark == "(" else -1
            self.statement += mark
        elif mark == "{":
            self._open(line)
        elif mark == "}":
            self._close(line)
        elif mark == ";" and self.parentheses == 0:
            self._end_statement(line)
        elif mark != ";":
            self.statement = ""

    def _open(self, line):
        scope, statement = self.scopes[-1], " ".join(self.statement.split())
        kind, name = "value", ""
        if self.parentheses == 0 and scope.kind in ("namespace", "type"):
            kind, name = classify(statement)
        if kind == "type" and name and "::" not in name:
            self.result.types.append(Named(name, line))
        if kind == "value" and scope.kind != "function" and self.parentheses == 0:
            self._note_global(statement + " =", line)
        if scope.kind == "function" or kind == "value":
            self.scopes.append(_Scope("function" if scope.kind == "function" else "value", "", line, self.statement))
        else:
            self.scopes.append(_Scope(kind, name, line, ""))
        if kind != "value" or scope.kind == "function":
            self.statement = ""
        else:
            self.statement += "{}"

    def _close(self, line):
        if len(self.scopes) == 1:
            return
        scope = self.scopes.pop()
        outer = self.scopes[-1]
        if scope.kind == "function" and scope.name:
            owner, _, name = scope.name.rpartition("::")
            owner = owner.rpartition("::")[2] or (_last_part(outer.name) if outer.kind == "type" else "")
            self.result.functions.append(Function(name, owner, scope.line, line - scope.line + 1))
        self.statement = scope.resume + "{}" if scope.kind == "value" else ""

    def _end_statement(self, line):
        statement, scope = " ".join(self.statement.split()), self.scopes[-1]
        self.statement = ""
        if scope.kind == "function":
            if re.match(r"(?:static|thread_local)\b", statement):
                self._note_global(statement, line)
        elif scope.kind in ("namespace", "type") and statement:
            kind, name = classify(statement)
            if kind == "function" and "::" not in name and not re.match(r"(?:using|typedef|friend)\b", statement):
                owner = _last_part(scope.name) if scope.kind == "type" else ""
                self.result.functions.append(Function(name, owner, line, 0))
            elif match := re.match(r"(?:template\b.*>\s*)?using (\w+)(?:\s*\[\[.*\]\])? =", statement):
                self.result.types.append(Named(match.group(1), line))
            elif kind == "value" and (scope.kind == "namespace" or re.match(r"(?:inline )?static\b", statement)):
                self._note_global(statement, line)

    def _note_global(self, statement, line):
        if self.scopes[-1].kind == "type" and not re.match(r"(?:inline )?(?:static|thread_local)\b", statement):
            return
        statement = _strip_template_arguments(statement.replace("{}", ""))
        match = _GLOBAL.match(re.sub(r"=.*", "=", statement))
        if match and not _NOT_A_VARIABLE.search(statement.partition("=")[0]):
            self.result.globals.append(Named(match.group(1), line))


def _last_part(name):
    return name.rpartition("::")[2]


def _strip_template_arguments(statement):
    while True:
        shorter = _TEMPLATE_ARGUMENTS.sub("", statement)
        if shorter == statement:
            return statement
        statement = shorter


def classify(statement):
    """(kind, name) of what the statement declares, or opens with the brace that follows it."""
    if re.match(r"(?:inline )?namespace\b|extern \" *\"$", statement):
        return "namespace", ""
    match = _TYPE.match(statement)
    if match and "(" not in statement[match.end():]:
        return "type", "" if match.group(3) else match.group(2)
    if "operator" in statement:
        return ("function", "") if "(" in statement else ("value", "")
    flat = _strip_template_arguments(re.sub(r"\[\[.*?\]\]", "", statement))
    flat = re.sub(r"\b(?:alignas|noexcept|requires|decltype|explicit)\s*\([^()]*\)", "", flat)
    match = _CALLABLE.search(flat)
    if not match or "=" in flat[:match.start()]:
        return "value", ""
    # A member's initializer `: name{...}` is a value; the body's brace follows `)`, `}` or a word such as const.
    initializers = re.search(r"\)\s*:(?!:)(.*)$", flat)
    if initializers and re.search(r"(?:^|,)\s*[\w:]+$", initializers.group(1)):
        return "value", ""
    return "function", match.group(1)
