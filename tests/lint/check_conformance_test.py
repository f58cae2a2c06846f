#!/usr/bin/env python3
"""The check of docs/CONFORMANCE.md must refuse what it is there to refuse: each test plants one wrong thing."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_conformance  # noqa: E402

GOOD = "`blackbox/door/test_open`"


class ConformanceCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write("tests/blackbox/door_test.py", "class Door:\n    def test_open(self):\n        pass\n")
        self.write("tests/unit/core/mdm/id_test.cpp", "TEST(Id, IsOne) {\n}\nTEST_F(IdTest,\n       IsTwo) {\n}\n")
        self.write("tests/contract/queue_contract.h", "TYPED_TEST_P(QueueContract, Waits) {\n}\n")
        self.write("tests/cli/version.txt", "bramley version\n")
        self.write("tests/lint/CMakeLists.txt", "add_test(NAME lint/layers COMMAND x)\n")

    def write(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def faults(self, tests=GOOD, traps=range(1, 41)):
        lines = ["| # | trap | what | held by |", "|---|---|---|---|", f"| 1 | a | b | {tests} |"]
        lines += [f"| {trap} | a | b | {GOOD} |" for trap in list(traps)[1:]]
        self.write("docs/CONFORMANCE.md", "\n".join(lines) + "\n")
        return [fault for _, fault in check_conformance.check_page(self.root)[0]]

    def assert_refused(self, word, **page):
        fault, = self.faults(**page)
        self.assertIn(word, fault)

    def test_a_right_page_passes_and_is_counted(self):
        every = ", ".join(f"`{name}`" for name in (
            "blackbox/door", "blackbox/door/test_open", "unit/core/mdm/Id.IsOne", "unit/core/mdm/IdTest.IsTwo",
            "contract/store/QueueContract.Waits", "cli/version", "lint/layers"))
        self.assertEqual([], self.faults(every))
        self.assertEqual(7 + 39, check_conformance.check_page(self.root)[1])

    def test_tests_that_do_not_exist(self):
        for name in ("blackbox/window", "blackbox/door/test_shut", "blackbox/door/open", "unit/core/mdm/Id.IsTwo",
                     "unit/core/Id.IsOne", "unit/nowhere/Id.IsOne", "contract/store/QueueContract.Runs", "cli/help",
                     "lint/nothing"):
            self.assert_refused(name, tests=f"`{name}`")

    def test_lines_without_a_test(self):
        self.assert_refused("not a list", tests="")
        self.assert_refused("not a list", tests="by hand")
        self.assert_refused("not a list", tests=GOOD + ", and by hand")
        self.assert_refused("not a list", tests=GOOD.strip("`"))

    def test_traps(self):
        self.assert_refused("missing [40]", traps=range(1, 40))
        self.assert_refused("too many [41]", traps=range(1, 42))
        self.assert_refused("too many [7]", traps=sorted([*range(1, 41), 7]))

    def test_no_page_is_a_fault(self):
        self.assertEqual([(0, "it is missing")], check_conformance.check_page(self.root)[0])


if __name__ == "__main__":
    unittest.main()
