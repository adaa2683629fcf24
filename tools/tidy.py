#!/usr/bin/env python3
"""tidy.py [root]: what the compiler does not check of docs/style.md.

Layer edges, banned calls, file and function sizes, the g++ 12 coroutine trap, dropped results of co_await, `#pragma
once`. Prints `file:line: message` for each finding; exit status 1 when there is any. Standard library only.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cpp_text  # noqa: E402

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70

# What a layer may include besides itself. Adapters never include each other; who composes them is in composes().
BELOW_PORTS = {"base", "domain", "async"}
BELOW_ADAPTERS = BELOW_PORTS | {"ports", "app", "audit", "cache"}
MAY_INCLUDE = {
    "base": set(),
    "async": {"base"},
    "domain": {"base"},
    "ports": BELOW_PORTS,
    "app": BELOW_PORTS | {"ports", "cache"},
    "audit": {"base"},
    "cache": {"base", "async"},
    "load": {"base"},
    "stack": {"base"},
    "seed": {"base", "domain"},
    "adapters": BELOW_ADAPTERS,
    "runtime": BELOW_ADAPTERS | {"seed"},
    "cli": BELOW_ADAPTERS | {"runtime", "load", "stack", "seed"},
}
SHARED_BY_STORES = "adapters/sql"  # what the two relational stores do alike
ALSO = {("load", "audit/journal.h"), ("cli", "adapters/sqlite/evidence.h")}

CLOCK_READERS = ("src/adapters/system/", "src/load/", "src/stack/")
ANYWHERE = ("src/", "tests/")
# (pattern, where it is looked for, where it is allowed, message)
BANNED = [
    (r"\b(sleep_for|usleep|nanosleep)\s*\(|\bthis_thread::sleep", ANYWHERE, (), "no sleeping: wait for an event or a clock"),
    (r"\bs?rand\s*\(|\brandom_device\b", ANYWHERE, ("src/adapters/system/",), "randomness is injected (ports/entropy.h)"),
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\bclock_gettime\b|\bgettimeofday\b", ANYWHERE,
     CLOCK_READERS, "time is injected (ports/clock.h)"),
    (r"(?<!\w)printf\s*\(|\bstd::cout\b|(?<!\w)puts\s*\(|\bfprintf\s*\(\s*stdout\b", ("src/",), ("src/cli/",),
     "only cli/ writes to stdout"),
    (r"\bstd::(basic_)?regex\b", ("src/adapters/http/",), (), "no std::regex on a client's input: it recurses"),
    (r"\b(steady|system|deadline|high_resolution|basic_waitable)_timer\b", ("src/app/",), (),
     "app/ names no timer: use Clock::sleep_until"),
    (r"#\s*include\s*<sqlite3\.h>", ANYWHERE, ("src/adapters/sqlite/", "tests/support/", "tests/contract/"),
     "sqlite3.h stays in its adapter"),
    (r"#\s*include\s*<hiredis/", ANYWHERE, ("src/adapters/redis/",), "hiredis stays in its adapter"),
    (r"#\s*include\s*<(rabbitmq-c/)?amqp\w*\.h>", ANYWHERE, ("src/adapters/rabbitmq/",), "rabbitmq-c stays in its adapter"),
    (r"#\s*include\s*<(mysql\.h>|mysql/|mariadb/)", ANYWHERE, ("src/adapters/mariadb/",), "libmariadb stays in its adapter"),
    (r"\bconst_cast\b", ANYWHERE, (), "no const_cast"),
]
ALLOWED = "// tidy: allow"  # at the end of a line that is as it is on purpose
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")

# Types whose T{…} is trivial or has a constructor: g++ 12 builds those correctly.
SAFE_TYPES = {
    "AckToken", "BuyerId", "Cents", "Deadline", "Done", "Epoch", "GoodsId", "Instant", "Millis", "OrderId", "Partition",
    "PaymentId", "ReviewId", "Revision", "SaleId", "ShopId", "Version", "WallTime",
}


class Source:
    def __init__(self, root, path):
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.code = cpp_text.blank(self.text)
        self.siblings = {sibling.name for sibling in path.parent.iterdir()}

    def line(self, offset):
        return cpp_text.line_of(self.text, offset)


def layer_of(name):
    """'src/app/x.h' → 'app'; 'src/adapters/http/x.h' → 'adapters/http'; None outside src/."""
    parts = name.split("/")
    if parts[0] != "src" or len(parts) < 3:
        return None
    return "/".join(parts[1:3]) if parts[1] == "adapters" else parts[1]


def composes(name):
    """The composition root: the only code that names concrete adapters. A short list, on purpose."""
    return re.fullmatch(r"src/runtime/(wire\w*|server|io_thread|auditor)\.(cc|h)", name) is not None


def may_include(name, layer, target):
    target_layer = layer_of("src/" + target)
    if target_layer is None or target_layer == layer:
        return True  # generated headers have no folder
    if (layer, target) in ALSO:
        return True
    if target_layer == SHARED_BY_STORES:
        return layer in ("adapters/sqlite", "adapters/mariadb")
    if target_layer.startswith("adapters/"):
        return composes(name)
    return target_layer in MAY_INCLUDE.get(layer.split("/")[0], set())


def check_includes(source):
    layer = layer_of(source.name)
    if layer is None:
        return
    if layer.split("/")[0] not in MAY_INCLUDE:
        yield 1, f"unknown layer {layer}"
        return
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', source.text, re.M):
        target = match.group(1)
        if target in source.siblings:
            yield source.line(match.start()), f'include "{target}" by its path from src/'
        elif not may_include(source.name, layer, target):
            yield source.line(match.start()), f"{layer} must not include {target}"


def check_banned(source):
    for pattern, where, allowed, message in BANNED:
        if not source.name.startswith(where) or (allowed and source.name.startswith(allowed)):
            continue
        for match in re.finditer(pattern, source.code):
            yield source.line(match.start()), message


def check_unfinished(source):
    for match in UNFINISHED.finditer(source.text):
        yield source.line(match.start()), f"unfinished: {match.group(1)}"


def check_sizes(source):
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield lines, f"{lines} lines, at most {FILE_LINES_MAX}: split by responsibility"
    for first, last in cpp_text.functions(source.code):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield first, f"a function of {last - first + 1} lines, at most {FUNCTION_LINES_MAX}"


def check_pragma(source):
    if source.name.endswith(".h") and not source.text.startswith("#pragma once\n"):
        yield 1, "a header starts with #pragma once"


def captures_by_value(capture):
    items = [item.strip() for item in capture.split(",")]
    return any(item and item != "this" and not item.startswith("&") for item in items)


def trap_in(expression):
    """What g++ 12 would destroy twice in this expression, or None."""
    for match in re.finditer(r"\b([A-Z]\w*)(?:<[^;{}()]*>)?\s*\{", expression):
        if match.group(1) not in SAFE_TYPES and not re.search(r"->\s*[\w:]*$", expression[:match.start()]):
            return f"{match.group(1)}{{…}}"
    if re.search(r"[(,]\s*\{\s*[^\s}]", expression):
        return "a braced argument"
    for match in re.finditer(r"\[([^\[\]]*)\]\s*(?:\(|\{|mutable\b)", expression):
        after_value = re.search(r"[\w)\]]\s*$", expression[:match.start()])
        if not after_value and captures_by_value(match.group(1)):
            return "a capturing lambda"
    for match in re.finditer(r"\?([^:]*):([^,]*)", expression.replace("::", "__")):
        if re.search(r"[({]", match.group(1) + match.group(2)):
            return "a conditional that makes an object"
    return None


def check_await_trap(source):
    """g++ 12 destroys such temporaries twice; see docs/style.md."""
    seen = set()
    for match in re.finditer(r"\bco_await\b", source.code):
        start, end = cpp_text.expression_around(source.code, match.start())
        what = trap_in(source.code[start:end])
        if what and (start, end) not in seen:
            seen.add((start, end))
            yield source.line(match.start()), f"{what} inside a co_await expression: name it on the line above"


def task_names(sources):
    """Names of coroutines that return a Result, and of those that return something else."""
    with_result, without = set(), set()
    for source in sources:
        for match in re.finditer(r"\bTask<\s*(Result<)?[^;{}()]*>\s+(?:\w+::)*(\w+)\s*\(", source.code):
            (with_result if match.group(1) else without).add(match.group(2))
    return with_result - without


def check_dropped(source, with_result):
    """A lost Result is a lost failure. g++ says nothing here; clang does."""
    for match in re.finditer(r"(?:[;{}]|\belse|\))\s*(co_await\b)\s+([^;()]*?)(\w+)\s*(?:<[^;()]*>)?\(", source.code):
        offset = match.start(1)
        if match.group(3) not in with_result or source.code[match.start()] == ")" and not closes_condition(
                source.code, match.start()):
            continue
        start, end = cpp_text.expression_around(source.code, offset)
        if re.match(r"\s*(else\s+)?co_await\b", source.code[start:end]) and whole_call(source.code, match.end() - 1, end):
            yield source.line(offset), f"the Result of {match.group(3)}() is dropped"


def closes_condition(code, closing):
    """True for the `)` of `if (…)`; false for that of a cast such as `(void)`."""
    opening = cpp_text.matching_back(code, closing)
    return opening > 0 and cpp_text.CONTROL.search(code[:opening]) is not None


def whole_call(code, opening, end):
    """True when the call that starts here ends where its statement ends."""
    depth = 0
    for i in range(opening, end):
        depth += code[i] == "("
        depth -= code[i] == ")"
        if depth == 0:
            return not code[i + 1:end].strip()
    return False


CHECKS = [check_includes, check_banned, check_unfinished, check_sizes, check_pragma, check_await_trap]


def collect(root):
    paths = [path for folder in ("src", "tests") for path in sorted((root / folder).rglob("*"))
             if path.suffix in (".h", ".cc")]
    return [Source(root, path) for path in paths]


def findings(root):
    """(file, line, message) of every finding, and the number of files read."""
    sources = collect(Path(root))
    with_result = task_names(sources)
    found = []
    for source in sources:
        lines = source.text.split("\n")
        here = [finding for check in CHECKS for finding in check(source)] + list(check_dropped(source, with_result))
        found += [(source.name, line, message) for line, message in here if not lines[line - 1].endswith(ALLOWED)]
    return found, len(sources)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    found, files = findings(root)
    for name, line, message in found:
        print(f"{name}:{line}: {message}")
    print(f"tidy: {files} files, {len(found)} findings", file=sys.stderr)
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
