#!/usr/bin/env python3
"""What an operator can get wrong: one line that names it, a hint, exit code 1 or 2, and nothing half-written."""

import contextlib
import hashlib
import os
import socket
import sqlite3
import subprocess
import unittest

from bramley_server import API_KEY, BramleyServer, clean_environment, temporary_folder, write_private
from shell_device import ShellDevice, run
from test_authority import TestAuthority, key_pem, new_key, server_certificate


# What a start makes where it is missing. Each is whole or not there, and the next start takes it as it is.
MADE = {"data/bramley.db", "data/bramley.db.lock", "credentials/data.key"}


def tree(folder):
    """Every file below, with a hash of its content."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.server = self.another()
        self.authority = TestAuthority()
        self.authority.write_to(self.server.credentials_dir)

    def another(self, *flags):
        server = BramleyServer(self.folder, ["--allow-empty-topic", *flags])
        self.addCleanup(server.close)
        return server

    def assert_refused(self, *words, command=None, environment=None):
        """serve ends at once, says what is wrong, and leaves every file as it was."""
        before = tree(self.folder)
        done = subprocess.run(command or self.server.command(), capture_output=True, text=True, timeout=20,
                              stdin=subprocess.DEVNULL, env=clean_environment(self.folder, **(environment or {})))
        self.assertIn(done.returncode, (1, 2), done.stderr)
        self.assertEqual("", done.stdout)
        lines = done.stderr.splitlines()
        errors = [line for line in lines if line.startswith("bramley: error: ")]
        hints = [line for line in lines if line.startswith("bramley: hint: ")]
        self.assertEqual((1, 1), (len(errors), len(hints)), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertNotIn(API_KEY, done.stderr)
        after = tree(self.folder)
        self.assertEqual(before, {name: after.get(name) for name in before})
        self.assertLessEqual(set(after) - set(before), MADE)
        return done

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        write_private(path, text)
        return path

    def enroll_one(self):
        """A server that has a device, and has ended."""
        self.server.start()
        ShellDevice(self.server, self.authority, "UDID-1").enroll()
        self.assertEqual(0, self.server.stop())

    def database(self):
        return os.path.join(self.server.data_dir, "bramley.db")

    # Flags and files

    def test_unknown_flag(self):
        done = self.assert_refused("--litsen", "--listen", command=[*self.server.command(), "--litsen", "1"])
        self.assertEqual(2, done.returncode)

    def test_configuration_that_is_not_there(self):
        self.assert_refused("absent.yaml", environment={"BRAMLEY_CONFIG": os.path.join(self.folder, "absent.yaml")})

    def test_configuration_that_is_none(self):
        path = self.write("broken.yaml", "contexts: [unclosed\n\t- {")
        self.assert_refused("broken.yaml", environment={"BRAMLEY_CONFIG": path})

    def test_configuration_that_is_a_folder(self):
        self.assert_refused(self.folder, environment={"BRAMLEY_CONFIG": self.folder})

    def test_api_key_file_that_is_not_there(self):
        self.server.api_key_file = os.path.join(self.folder, "absent-key")
        self.assert_refused("absent-key")

    def test_api_key_that_is_empty(self):
        self.server.api_key_file = self.write("empty-key", "\n")
        self.assert_refused("--api-key", "empty")

    def test_challenge_that_is_empty(self):
        self.server.flags += ["--scep-challenge", "@" + self.write("empty-challenge", "\n")]
        self.assert_refused("--scep-challenge", "empty")

    def test_listen_address_that_is_none(self):
        for address in ("nonsense", "127.0.0.1:99999", "127.0.0.1:", "300.1.1.1:80"):
            with self.subTest(address):
                command = self.server.command()
                command[command.index("--listen") + 1] = address
                self.assert_refused(address, command=command)

    def test_url_that_is_none(self):
        for url in ("mdm.example.com", "ftp://mdm.example.com", "https://", "https://mdm.example.com/path?x"):
            with self.subTest(url):
                command = self.server.command()
                command[command.index("--url") + 1] = url
                self.assert_refused(url, command=command)

    def test_port_in_use(self):
        with contextlib.closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", self.server.port))
            taken.listen()
            self.assert_refused(str(self.server.port), "in use")

    def test_tls_files_that_are_not_there(self):
        certificate, key = server_certificate(self.folder)
        self.server.tls = True
        self.server.flags += ["--tls-cert", certificate + ".absent", "--tls-key", key]
        self.assert_refused("tls.pem.absent")

    def test_tls_key_that_does_not_match(self):
        certificate, _ = server_certificate(self.folder)
        self.server.tls = True
        self.server.flags += ["--tls-cert", certificate, "--tls-key", self.write("other.key", key_pem(new_key()))]
        self.assert_refused("match")

    def test_tls_certificate_that_is_none(self):
        _, key = server_certificate(self.folder)
        self.server.tls = True
        self.server.flags += ["--tls-cert", self.write("junk.pem", "junk\n"), "--tls-key", key]
        self.assert_refused("junk.pem")

    def test_device_ca_that_is_not_there(self):
        self.server.flags += ["--device-ca", os.path.join(self.folder, "absent-ca.pem")]
        self.assert_refused("absent-ca.pem")

    def test_data_directory_that_is_a_file(self):
        self.server.data_dir = self.write("a-file", "")
        self.assert_refused("a-file")

    # The SCEP CA

    def test_scep_key_that_does_not_match_its_certificate(self):
        self.write("credentials/scep-ca.key", key_pem(new_key()))
        self.assert_refused("scep-ca.pem", "does not belong")

    def test_scep_ca_that_is_expired(self):
        TestAuthority(days=10, begins_days_ago=20).write_to(self.server.credentials_dir)
        self.assert_refused("scep-ca.pem", "expired")

    def test_scep_key_with_a_passphrase(self):
        locked = os.path.join(self.server.credentials_dir, "locked.key")
        key = os.path.join(self.server.credentials_dir, "scep-ca.key")
        run("openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked)
        os.replace(locked, key)
        self.assert_refused("scep-ca.key", "passphrase", "openssl pkey")

    def test_scep_ca_that_is_no_certificate(self):
        self.write("credentials/scep-ca.pem", "rubbish")
        self.assert_refused("scep-ca.pem", "PEM or DER")

    def test_scep_ca_of_the_future(self):
        TestAuthority(begins_days_ago=-2).write_to(self.server.credentials_dir)
        self.assert_refused("scep-ca.pem", "not valid before")

    def test_scep_ca_that_scep_cannot_use(self):
        folder = self.server.credentials_dir
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
            "-subj", "/CN=EC CA", "-keyout", os.path.join(folder, "scep-ca.key"), "-out", os.path.join(folder, "scep-ca.pem"))
        self.assert_refused("RSA")

    def test_scep_ca_that_may_not_sign_certificates(self):
        folder = self.server.credentials_dir
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", "/CN=No CA",
            "-addext", "keyUsage=digitalSignature,keyEncipherment",
            "-keyout", os.path.join(folder, "scep-ca.key"), "-out", os.path.join(folder, "scep-ca.pem"))
        self.assert_refused("scep-ca.pem", "key usage")

    def test_single_des_on_a_machine_that_cannot_do_it(self):
        self.server.flags.append("--scep-allow-des")
        self.assert_refused("--scep-allow-des", "legacy", environment={"OPENSSL_MODULES": self.folder})

    def test_half_a_scep_ca(self):
        os.remove(os.path.join(self.server.credentials_dir, "scep-ca.key"))
        self.assert_refused("scep-ca.key")

    def test_scep_ca_that_vanished_after_devices_enrolled(self):
        self.enroll_one()
        for name in ("scep-ca.pem", "scep-ca.key"):
            os.remove(os.path.join(self.server.credentials_dir, name))
        self.assert_refused("CA")

    def test_another_scep_ca_after_devices_enrolled(self):
        self.enroll_one()
        TestAuthority("Another CA").write_to(self.server.credentials_dir)
        self.assert_refused("CA", "1 ")

    # The fleet's identity

    def test_another_url_after_devices_enrolled(self):
        self.enroll_one()
        command = self.server.command()
        command[command.index("--url") + 1] = "http://localhost:1"
        done = self.assert_refused(self.server.url, "http://localhost:1", command=command)
        self.assertIn("--allow-identity-change", done.stderr)

    def test_another_url_when_told_so(self):
        self.enroll_one()
        changed = self.another("--allow-identity-change")
        changed.start()
        self.assertEqual("enrolled", changed.enrollment("UDID-1")["state"])

    # The database

    def test_database_that_is_not_one(self):
        os.makedirs(self.server.data_dir, mode=0o700)
        with open(self.database(), "w", encoding="ascii") as file:
            file.write("this is a text, and a long one at that " * 100)
        self.assert_refused("bramley.db")

    def test_database_of_another_program(self):
        os.makedirs(self.server.data_dir, mode=0o700)
        with contextlib.closing(sqlite3.connect(self.database())) as other:
            other.execute("CREATE TABLE recipes (name TEXT)")
            other.execute("INSERT INTO recipes VALUES ('bramley apple pie')")
            other.commit()
        self.assert_refused("bramley.db")

    def test_database_that_is_newer_than_the_program(self):
        self.server.start()
        self.assertEqual(0, self.server.stop())
        self.make_newer()
        self.assert_refused("bramley.db", "newer")

    def make_newer(self):
        """As a later release would leave it."""
        with contextlib.closing(sqlite3.connect(self.database())) as database:
            changed = database.execute("UPDATE schema_version SET version = version + 1000").rowcount
            self.assertEqual(1, changed)
            database.commit()

    def test_a_second_server_on_one_database(self):
        self.server.start()
        second = self.another()
        before = set(tree(self.server.data_dir))
        done = subprocess.run(second.command(), capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL,
                              env=clean_environment(self.folder))
        self.assertIn(done.returncode, (1, 2), done.stderr)
        self.assertIn("bramley: error: ", done.stderr)
        self.assertIn("bramley: hint: ", done.stderr)
        self.assertEqual(before, set(tree(self.server.data_dir)))
        self.assertEqual(200, self.server.request("GET", "/readyz").status)

    def test_device_secrets_without_their_key(self):
        self.enroll_one()
        os.remove(os.path.join(self.server.credentials_dir, "data.key"))
        self.assert_refused("data.key")


if __name__ == "__main__":
    unittest.main()
