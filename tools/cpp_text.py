"""Just enough of C++ for tidy.py: comments and literals blanked out, functions measured, expressions cut out.

Every function keeps offsets, so that a finding can name its line.
"""

import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
    re.S,
)
DIGIT_SEPARATOR = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
CONTROL = re.compile(r"\b(if|while|for|switch|catch)\s*(constexpr\s*)?$")
OPENING = {")": "(", "]": "[", "}": "{"}


def blank(text):
    """The code with comments and the insides of literals replaced by spaces; same length, same lines."""
    text = DIGIT_SEPARATOR.sub("_", text)

    def hide(match):
        found = match.group(0)
        inner = re.sub(r"[^\n]", " ", found)
        return inner if found.startswith("/") else '"' + inner[1:-1] + '"'

    return TOKEN.sub(hide, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def functions(code):
    """(first line, last line) of every outermost function body in blanked code."""
    found, stack, header_start, inside, after_function = [], [], 0, None, False
    for i, letter in enumerate(code):
        if letter == "{":
            header = code[header_start:i].strip()
            scope = bool(SCOPE.search(header)) and ")" not in header
            is_function = not scope and inside is None and ("(" in header or (not header and after_function))
            if is_function and not re.search(r"=\s*$", header):
                inside = (len(stack), line_of(code, header_start + len(code[header_start:i]) - len(
                    code[header_start:i].lstrip())))
            stack.append(scope)
            header_start = i + 1
        elif letter == "}":
            if stack:
                stack.pop()
            after_function = False
            if inside is not None and len(stack) == inside[0]:
                found.append((inside[1], line_of(code, i)))
                inside, after_function = None, True
            header_start = i + 1
        elif letter == ";":
            header_start, after_function = i + 1, False
    return found


def matching_back(code, i):
    """Offset of the bracket that code[i] closes, or -1."""
    depth = 0
    for j in range(i, -1, -1):
        if code[j] in ")]}":
            depth += 1
        elif code[j] in "([{":
            depth -= 1
            if depth == 0:
                return j
    return -1


def _is_initialiser(code, brace):
    """True when the open brace at this offset starts a braced initialiser rather than a block."""
    before = code[:brace].rstrip()
    if before.endswith(("(", ",", "=", "return")):
        return True
    named = re.search(r"(->\s*)?([A-Za-z_][\w:]*)(<[^;{}]*>)?$", before)
    return bool(named and not named.group(1) and re.search(r"(^|:)[A-Z]\w*$", named.group(2))
                and not re.search(r"\b(class|struct|enum|union|namespace)\s+[\w:]*$", before))


def expression_around(code, offset):
    """(start, end) of the full expression that contains this offset."""
    start = offset
    while start > 0:
        letter = code[start - 1]
        if letter == ";":
            break
        if letter in ")]}":
            if letter == "}" and not re.match(r"\s*[.,)\];?:+\-*/&|=<>]", code[start:]):
                break
            opening = matching_back(code, start - 1)
            if letter == ")" and CONTROL.search(code[:max(opening, 0)]):
                break  # `if (…) co_await …`
            start = max(opening, 0)
            continue
        if letter == "{" and not _is_initialiser(code, start - 1):
            break
        if letter == "(" and CONTROL.search(code[:start - 1]):
            break
        start -= 1
    return start, _expression_end(code, start, offset)


def _expression_end(code, start, offset):
    depth = 0
    for end in range(start, len(code)):
        letter = code[end]
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth < 0 and end > offset:
                return end
        elif letter == ";" and depth <= 0 and end > offset:
            return end
    return len(code)
