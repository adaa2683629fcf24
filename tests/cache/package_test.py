#!/usr/bin/env python3
"""The cache as another CMake project gets it: installed, found by find_package(sluice COMPONENTS cache), built into
examples/cache and run. Finds the build beside the program that SLUICE names (default build/release/sluice)."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.dirname(os.path.abspath(os.environ.get("SLUICE", os.path.join(ROOT, "build/release/sluice"))))


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="sluice-package-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.prefix = os.path.join(cls.directory, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix, "--component", "cache")

    def configure(self, source, *more):
        build = os.path.join(self.directory, "build-" + os.path.basename(source))
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}", *launcher, *more)
        return build

    def test_the_example_finds_builds_and_runs(self):
        build = self.configure(os.path.join(ROOT, "examples/cache"))
        run("cmake", "--build", build)
        self.assertEqual(run(os.path.join(build, "cached_shops")).splitlines(), [
            "30 readers, 1 query",
            "invalidated: ok, 5 stars, 2 queries",
            "three times nothing: 3 queries",
        ])

    def test_nothing_else_of_sluice_comes_with_it(self):
        headers = os.path.join(self.prefix, "include/sluice")
        self.assertEqual(sorted(os.listdir(headers)), ["adapters", "async", "base", "cache", "ports"])
        self.assertEqual(os.listdir(os.path.join(headers, "ports")), ["clock.h"])
        self.assertEqual(os.listdir(os.path.join(headers, "adapters")), ["system"])
        for folder, _, files in os.walk(headers):
            for name in files:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    for included in re.findall(r'^#include "([^"]+)"', file.read(), re.M):
                        self.assertTrue(os.path.exists(os.path.join(headers, included)), f"{name} includes {included}")

    def test_the_redis_store_is_an_extra(self):
        source = os.path.join(self.directory, "extra")
        os.makedirs(source)
        with open(os.path.join(source, "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write("cmake_minimum_required(VERSION 3.25)\nproject(extra LANGUAGES CXX)\n"
                       "find_package(sluice REQUIRED COMPONENTS cache cache_redis)\n"
                       "add_executable(extra main.cc)\n"
                       "target_link_libraries(extra PRIVATE sluice::cache_redis sluice::cache_clock)\n")
        with open(os.path.join(source, "main.cc"), "w", encoding="utf-8") as file:
            file.write('#include "adapters/redis/cache_store.h"\n#include "adapters/system/system_clock.h"\n'
                       "#include <boost/asio/io_context.hpp>\n"
                       "struct NoLog final : sluice::Log {\n"
                       "    void write(sluice::LogLevel, std::string_view, std::string_view,\n"
                       "               std::initializer_list<sluice::LogField>) override {}\n};\n"
                       "int main() {\n    boost::asio::io_context context;\n    sluice::SystemClock clock;\n    NoLog log;\n"
                       "    sluice::RedisCacheStore store({context.get_executor()}, clock, log, sluice::RedisEndpoint{});\n"
                       "    return store.feed_alive() ? 1 : 0;\n}\n")
        with self.assertRaises(AssertionError):
            self.configure(source)
        run("cmake", "--install", BUILD, "--prefix", self.prefix, "--component", "cache_redis")
        try:
            build = self.configure(source, "--fresh")
            run("cmake", "--build", build)
            run(os.path.join(build, "extra"))
        finally:
            for name in ("ports/log.h", "adapters/redis"):  # as it was, for the other tests
                path = os.path.join(self.prefix, "include/sluice", name)
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


if __name__ == "__main__":
    unittest.main(verbosity=1)
