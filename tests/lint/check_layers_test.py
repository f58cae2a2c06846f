#!/usr/bin/env python3
"""The layer check must refuse what it is there to refuse: each test plants one wrong thing in a small tree."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_layers  # noqa: E402


class LayerCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write("core/base/result.h", "#pragma once\n#include <string>\n")
        self.write("core/crypto/digest.h", '#pragma once\n#include "core/base/result.h"\n')
        self.write("core/crypto/digest.cpp", '#include "core/crypto/digest.h"\n#include <openssl/evp.h>\n')
        self.write("core/plist/plist_value.h", '#pragma once\n#include "core/base/result.h"\n')
        self.write("server/store/store.h", '#pragma once\n#include "core/crypto/digest.h"\n')
        self.write("server/http/listener_tls.cpp", "#include <boost/asio.hpp>\n#include <openssl/ssl.h>\n")
        self.write("server/http/listener_request_parser.cpp", "#include <boost/beast.hpp>\n")
        self.write("cli/main.cpp", '#include <CLI/CLI.hpp>\n#include "server/store/store.h"\n')

    def write(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def faults(self):
        return check_layers.check_tree(self.root)[0]

    def assert_refused(self, path, word):
        faults = self.faults()
        self.assertEqual([path], [where for where, _ in faults], faults)
        self.assertIn(word, faults[0][1])

    def test_a_right_tree_passes(self):
        self.assertEqual([], self.faults())

    def test_upward(self):
        self.write("core/base/log.cpp", '#include "server/store/store.h"\n')
        self.assert_refused("core/base/log.cpp", "upward")

    def test_sideways(self):
        self.write("core/plist/plist_document.cpp", '#include "core/crypto/digest.h"\n')
        self.assert_refused("core/plist/plist_document.cpp", "sideways")

    def test_a_lower_layer_that_the_picture_does_not_allow(self):
        self.write("cli/simulator/device.cpp", '#include "server/store/store.h"\n')
        self.assert_refused("cli/simulator/device.cpp", "foreign")

    def test_third_party_of_another_folder(self):
        self.write("server/store/sql_store.cpp", "#include <openssl/evp.h>\n")
        self.assert_refused("server/store/sql_store.cpp", "belongs to core/crypto")

    def test_third_party_unknown_to_the_table(self):
        self.write("core/base/thing.cpp", "#include <folly/String.h>\n")
        self.assert_refused("core/base/thing.cpp", "does not know")

    def test_beast_outside_the_listener(self):
        self.write("server/http/listener.cpp", "#include <boost/beast/http.hpp>\n")
        self.assert_refused("server/http/listener.cpp", "listener_request_parser.cpp")

    def test_asio_outside_the_listener(self):
        self.write("server/http/router.cpp", "#include <boost/asio.hpp>\n")
        self.assert_refused("server/http/router.cpp", "listener")

    def test_raw_sqlite_outside_the_writer(self):
        self.write("server/store/sql_store.cpp", "#include <sqlite3.h>\n")
        self.assert_refused("server/store/sql_store.cpp", "sqlite_writer.cpp")

    def test_raw_sqlite_in_a_test_but_not_in_its_support(self):
        self.write("tests/support/power_loss.cpp", "#include <sqlite3.h>\n")
        self.write("tests/unit/server/store/a_test.cpp", "#include <sqlite3.h>\n")
        self.assert_refused("tests/unit/server/store/a_test.cpp", "sqlite3.h")

    def test_both_sqlites_in_one_file(self):
        self.write("server/store/sqlite_writer.cpp",
                   "#include <sqlite3.h>\n#include <soci/sqlite3/soci-sqlite3.h>\n")
        self.assert_refused("server/store/sqlite_writer.cpp", "may not meet")

    def test_third_party_type_in_a_header_that_others_include(self):
        self.write("core/crypto/digest.h", "#pragma once\n#include <openssl/evp.h>\n")
        self.assert_refused("core/crypto/digest.h", "in a header")

    def test_third_party_in_a_private_header_passes(self):
        self.write("core/crypto/openssl_handles.h", "#pragma once\n#include <openssl/evp.h>\n")
        self.write("core/crypto/digest.cpp", '#include "core/crypto/openssl_handles.h"\n')
        self.assertEqual([], self.faults())

    def test_include_of_nothing_and_include_by_a_short_name(self):
        self.write("core/base/a.cpp", '#include "core/base/absent.h"\n')
        self.assert_refused("core/base/a.cpp", "does not exist")
        self.write("core/base/a.cpp", '#include "result.h"\n')
        self.assert_refused("core/base/a.cpp", "from the root")

    def test_long_files(self):
        self.write("core/base/a.cpp", "\n" * 450)
        self.assertEqual([], self.faults())
        self.assertEqual(["core/base/a.cpp"], [path for path, _ in check_layers.check_tree(self.root)[1]])
        self.write("core/base/a.cpp", "\n" * 501)
        self.assert_refused("core/base/a.cpp", "501 lines")

    def test_paths_of_a_machine(self):
        self.write("docs/a.md", "see /ho" + "me/someone/notes\n")
        self.assert_refused("docs/a.md", "some machine")

    def test_names_and_guards(self):
        self.write("core/base/Thing.cpp", "")
        self.assert_refused("core/base/Thing.cpp", "snake_case")
        os.remove(os.path.join(self.root, "core/base/Thing.cpp"))
        self.write("core/base/thing.h", "")
        self.assert_refused("core/base/thing.h", "#pragma once")


if __name__ == "__main__":
    unittest.main()
