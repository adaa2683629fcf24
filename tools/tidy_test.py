#!/usr/bin/env python3
"""Proves that every check of tidy.py bites, and that it lets the right thing pass."""

import tempfile
import unittest
from pathlib import Path

import tidy

WITH_RESULTS = {"src/ports/gate.h": "#pragma once\nTask<Result<Done>> sync(int);\nTask<void> stop();\n"}


def messages(files):
    """tidy's findings in a tree of these files, as 'file:line: message'."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found, _ = tidy.findings(root)
    return [f"{name}:{line}: {message}" for name, line, message in found]


class Tidy(unittest.TestCase):
    def bites(self, name, text, expected, **more):
        found = messages({name: text, **more.get("also", {})})
        self.assertTrue(any(expected in message for message in found), f"{expected!r} not in {found} for:\n{text}")

    def passes(self, name, text, **more):
        self.assertEqual(messages({name: text, **more.get("also", {})}), [], f"for:\n{text}")

    def include(self, name, target):
        return name, f'{"#pragma once" if name.endswith(".h") else ""}\n#include "{target}"\n'


class Layers(Tidy):
    def test_an_arrow_only_points_left(self):
        for name, target in [
            ("src/base/a.cc", "domain/sale.h"), ("src/domain/a.cc", "async/task.h"), ("src/domain/a.cc", "ports/gate.h"),
            ("src/ports/a.h", "app/place_order.h"), ("src/app/a.cc", "adapters/sqlite/store.h"),
            ("src/async/a.cc", "domain/sale.h"), ("src/audit/a.cc", "domain/sale.h"), ("src/audit/a.cc", "ports/gate.h"),
            ("src/adapters/http/a.cc", "adapters/sqlite/store.h"), ("src/adapters/http/a.cc", "runtime/config.h"),
            ("src/runtime/a.cc", "cli/flags.h"), ("src/runtime/metrics.cc", "adapters/sqlite/store.h"),
            ("src/cli/a.cc", "adapters/sqlite/store.h"), ("src/load/a.cc", "app/place_order.h"),
            ("src/load/a.cc", "audit/audit.h"), ("src/app/a.cc", "load/driver.h"),
        ]:
            self.bites(*self.include(name, target), f"must not include {target}")
            self.bites(*self.include(name, target), f"{name}:2: ")

    def test_what_points_left_passes(self):
        for name, target in [
            ("src/domain/a.cc", "base/ids.h"), ("src/app/a.cc", "ports/gate.h"), ("src/app/a.cc", "app/b.h"),
            ("src/adapters/http/a.cc", "app/place_order.h"), ("src/adapters/sqlite/a.cc", "audit/evidence.h"),
            ("src/runtime/wire_embedded.cc", "adapters/sqlite/store.h"), ("src/runtime/server.cc", "adapters/http/x.h"),
            ("src/cli/a.cc", "adapters/sqlite/evidence.h"), ("src/load/a.cc", "audit/journal.h"),
            ("src/adapters/sqlite/a.cc", "sqlite_migrations.h"), ("tests/sim/a.cc", "adapters/sqlite/store.h"),
        ]:
            self.passes(*self.include(name, target))

    def test_a_new_folder_needs_its_rule(self):
        self.bites("src/utils/a.cc", "\n", "unknown layer utils")

    def test_includes_are_paths_from_src(self):
        also = {"src/app/b.h": "#pragma once\n"}
        self.bites("src/app/a.cc", '#include "b.h"\n', "by its path from src/", also=also)


class Banned(Tidy):
    def test_each_banned_call(self):
        for name, code, expected in [
            ("src/app/a.cc", "std::this_thread::sleep_until(x);", "no sleeping"),
            ("tests/unit/a.cc", "usleep(10);", "no sleeping"),
            ("src/app/a.cc", "auto x = rand();", "randomness is injected"),
            ("src/app/a.cc", "std::random_device d;", "randomness is injected"),
            ("src/app/a.cc", "auto n = std::chrono::system_clock::now();", "time is injected"),
            ("tests/unit/a.cc", "auto n = steady_clock::now();", "time is injected"),
            ("src/runtime/a.cc", 'printf("hello");', "only cli/ writes"),
            ("src/runtime/a.cc", 'std::printf("hello");', "only cli/ writes"),
            ("src/app/a.cc", "std::cout << 1;", "only cli/ writes"),
            ("src/adapters/http/a.cc", "std::regex r;", "no std::regex"),
            ("src/app/a.cc", "boost::asio::steady_timer t;", "names no timer"),
            ("src/runtime/a.cc", "#include <sqlite3.h>", "stays in its adapter"),
            ("tests/unit/a.cc", "#include <sqlite3.h>", "stays in its adapter"),
            ("src/base/a.cc", "const_cast<int&>(x) = 1;", "no const_cast"),
            ("src/base/a.cc", "// TO" "DO: later", "unfinished"),
        ]:
            self.bites(name, f"\n{code}\n", expected)
            self.bites(name, f"\n{code}\n", f"{name}:2: ")

    def test_where_they_are_allowed(self):
        for name, code in [
            ("src/adapters/system/a.cc", "auto n = system_clock::now();"),
            ("src/load/a.cc", "auto n = steady_clock::now();"),
            ("src/cli/a.cc", 'std::printf("hello");'),
            ("src/app/a.cc", 'std::fprintf(stderr, "x"); snprintf(b, 1, "x");'),
            ("src/adapters/sqlite/a.cc", "#include <sqlite3.h>"),
            ("tests/support/a.cc", "#include <sqlite3.h>"),
            ("src/app/a.cc", "// std::cout is for cli/\nauto text = \"rand() const_cast\";"),
            ("src/app/a.cc", "/* printf( */ auto n = 1'000'000; auto c = 'x'; auto d = '\"'; f(\"a\");"),
            ("src/app/a.cc", 'auto text = R"(rand() " printf())";'),
            ("tests/unit/a.cc", "auto id = std::this_thread::get_id();"),
            ("tests/support/a.cc", "vfs.xSleep = &usleep_hook;"),
            ("src/app/a.cc", "brand(); operand(); clock.sleep_until(x);"),
        ]:
            self.passes(name, f"{code}\n")


class Sizes(Tidy):
    def test_files(self):
        self.bites("src/base/a.cc", "\n" * 401, "401 lines, at most 400")
        self.passes("src/base/a.cc", "\n" * 400)

    def test_functions(self):
        body = "    x();\n" * 69
        for header in ("void f()", "int A::f(int x) const noexcept", "A::A() : b_(1), c_{2}", "TEST(A, B)"):
            self.bites("src/base/a.cc", f"namespace n {{\n{header} {{\n{body}}}\n}}\n", "a function of 71 lines")
            self.bites("src/base/a.cc", f"namespace n {{\n{header} {{\n{body}}}\n}}\n", "a.cc:2: ")
        self.bites("src/base/a.cc", f"struct S {{\n    void f() {{\n{body}    }}\n}};\n", "a function of 71 lines")
        self.passes("src/base/a.cc", f"void f() {{\n{body[:-9]}}}\n")

    def test_long_namespaces_classes_and_tables_are_no_functions(self):
        self.passes("src/base/a.cc", "namespace n {\n" + "int x();\n" * 80 + "}\n")
        self.passes("src/base/a.cc", "struct S {\n" + "    int f() { return 1; }\n" * 80 + "};\n")
        self.passes("src/base/a.cc", "int table[] = {\n" + "    1,\n" * 80 + "};\n")


class Headers(Tidy):
    def test_pragma_once(self):
        self.bites("src/base/a.h", "struct A;\n", "#pragma once")
        self.passes("src/base/a.h", "#pragma once\nstruct A;\n")


class AwaitTrap(Tidy):
    def body(self, statement):
        return f"Task<void> f() {{\n    {statement}\n}}\n"

    def test_bites(self):
        for statement in (
            "auto r = co_await f(Query{sale, {}});",
            "auto r = co_await f(1, Query{sale}, d);",
            "auto r = co_await f(ns::Query<int>{sale});",
            "co_return co_await f(Query{sale});",
            "auto r = Query{co_await f()};",
            "auto r = g(Query{a}, co_await f());",
            "if (auto r = co_await f(Query{sale}); r.ok()) x();",
            "if (!(co_await f(Query{sale})).ok()) co_return;",
            "auto r = co_await f({sale, orders});",
            "auto r = co_await run([x = std::move(x)] { return x; });",
            "auto r = co_await run([=](int y) mutable { return x; });",
            "auto r = co_await run(1, [this, x] { return x; });",
            "auto r =\n        co_await f(Query{\n            sale});",
            "co_await write(changed ? text(x) : std::string{});",
            "co_await write(1, changed ? x : text(x), d);",
        ):
            self.bites("src/app/a.cc", self.body(statement), "inside a co_await expression")

    def test_passes(self):
        for statement in (
            "auto q = Query{sale};\n    auto r = co_await f(std::move(q));",
            "auto r = co_await f(Deadline{now}, Millis{5});",
            "auto r = co_await run([this, &x] { return x; });",
            "auto r = co_await run([](int y) { return y; });",
            "auto g = [x]() -> Task<void> { co_await f(); };",
            "for (auto& x : xs) {\n        co_await f(x);\n    }",
            "if (ok) {\n        Query q{1};\n    }\n    co_await f();",
            "auto r = co_await f(xs[i]);",
            "auto r = co_await f(fix ? Mode::kFix : Mode::kLook, g(1));",
            "auto t = a ? text(x) : text(y);\n    co_await write(std::move(t));",
            "while (!stopping_) co_await f();\n    use(Query{1});",
            "use(Query{1});\n    co_await f();",
            "co_await f({});",
        ):
            self.passes("src/app/a.cc", self.body(statement))


    def test_a_line_may_say_that_it_is_meant(self):
        self.passes("src/app/a.cc", self.body("co_await f(Query{sale});  // tidy: allow"))


class DroppedResults(Tidy):
    def body(self, statement):
        return f"Task<void> f() {{\n    {statement}\n}}\n"

    def test_bites(self):
        for statement in (
            "co_await gate.sync(1);", "co_await gate_->sync(g(1), 2);", "if (x) co_await sync(1);",
            "for (auto y : z) co_await gate.sync(y);", "else co_await sync(1);", "co_await gate.sync<int>(1);",
        ):
            self.bites("src/app/a.cc", self.body(statement), "the Result of sync() is dropped", also=WITH_RESULTS)

    def test_passes(self):
        for statement in (
            "auto done = co_await gate.sync(1);", "co_return co_await gate.sync(1);", "(void)co_await gate.sync(1);",
            "co_await gate.stop();", "if (!(co_await gate.sync(1)).ok()) x();", "co_await unknown(1);",
            "(co_await gate.sync(1)).value();", "x = 1;\n    done = co_await gate.sync(1);",
        ):
            self.passes("src/app/a.cc", self.body(statement), also=WITH_RESULTS)

    def test_an_ambiguous_name_is_left_to_clang(self):
        also = {"src/ports/gate.h": "#pragma once\nTask<Result<Done>> stop();\nTask<void> stop();\n"}
        self.passes("src/app/a.cc", self.body("co_await stop();"), also=also)


class CommandLine(unittest.TestCase):
    def test_an_empty_tree_is_not_clean(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(tidy.findings(root), ([], 0))


if __name__ == "__main__":
    unittest.main()
