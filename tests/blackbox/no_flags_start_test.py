#!/usr/bin/env python3
"""`bramley serve` and nothing else: it makes what it needs, says so, listens on loopback, and finds it all again."""

import os
import signal
import socket
import ssl
import stat
import subprocess
import time
import unittest

from bramley_server import binary, clean_environment, free_port, run_bramley, temporary_folder

DEFAULT_PORT = 8443


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class NoFlags(unittest.TestCase):
    def setUp(self):
        self.home = temporary_folder(self)
        self.environment = {}
        self.port = DEFAULT_PORT
        if not is_free(self.port):  # somebody's own server: take the environment's word for another port
            self.port = free_port()
            self.environment["BRAMLEY_LISTEN"] = f"127.0.0.1:{self.port}"

    def start(self):
        self.log_path = os.path.join(self.home, "log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([binary(), "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=clean_environment(self.home, **self.environment))
        self.addCleanup(self.end)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.assertIsNone(self.process.poll(), self.log())
            if self.bramley("api", "GET", "/readyz").returncode == 0:
                return
            time.sleep(0.1)
        self.fail(self.log())

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, self.process.wait(timeout=15))

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def bramley(self, *arguments):
        return run_bramley(self.home, *arguments, environment=self.environment)

    def api(self, path):
        done = self.bramley("api", "GET", path)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_start_use_and_start_again(self):
        self.start()
        self.assert_log_says_what_it_made()
        self.assert_private()
        self.assert_loopback_only()
        first = self.api("/api/v1/server")
        self.assertIn("localhost", first)
        # The context `local` is there and is the one in use: no flag is needed to talk to the server.
        self.assertEqual(0, self.bramley("device", "list").returncode)
        self.assertIn("local", self.bramley("context", "list").stdout)
        profile = os.path.join(self.home, "enroll.mobileconfig")
        done = self.bramley("profile", "enrollment", "--out", profile)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertTrue(os.path.getsize(profile) > 0)
        self.stop()
        self.start()
        self.assertEqual(self.identity(first), self.identity(self.api("/api/v1/server")))
        self.stop()

    def identity(self, server):
        return [line for line in server.replace(",", ",\n").splitlines() if "ca_sha256" in line or '"url"' in line]

    def assert_log_says_what_it_made(self):
        log = self.log()
        for word in (os.path.join(self.home, ".local/share/bramley"), "bramley device list", str(self.port)):
            self.assertIn(word, log)

    def assert_private(self):
        data = os.path.join(self.home, ".local/share/bramley")
        self.assertEqual(0o700, stat.S_IMODE(os.stat(data).st_mode))
        for where, folders, names in os.walk(data):
            for name in folders:
                self.assertEqual(0o700, stat.S_IMODE(os.stat(os.path.join(where, name)).st_mode), name)
            for name in names:
                if name.endswith((".key", ".db", ".db-wal")) or "key" in name:
                    mode = stat.S_IMODE(os.stat(os.path.join(where, name)).st_mode)
                    self.assertEqual(0, mode & 0o077, f"{name} is {mode:o}")
        self.assertIn("bramley.db", os.listdir(data))

    def assert_loopback_only(self):
        """No socket of the server listens on anything but 127.0.0.1."""
        inodes = set()
        descriptors = f"/proc/{self.process.pid}/fd"
        for name in os.listdir(descriptors):
            target = os.readlink(os.path.join(descriptors, name))
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
        listening = []
        for table in ("tcp", "tcp6"):
            with open(f"/proc/net/{table}", encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
            listening += [row[1] for row in rows if row[3] == "0A" and row[9] in inodes]
        self.assertEqual([f"0100007F:{self.port:04X}"], listening)

    def test_another_context_stays_the_current_one(self):
        done = self.bramley("context", "set", "elsewhere", "--server", "https://mdm.example.com")
        self.assertEqual(0, done.returncode, done.stderr)
        self.environment["BRAMLEY_CONTEXT"] = "local"
        self.start()
        self.assertIn("next: bramley device list --context local", self.log())
        self.stop()

    def test_the_context_leads_to_the_listener_of_the_api(self):
        port = free_port()
        self.environment["BRAMLEY_API_LISTEN"] = f"127.0.0.1:{port}"
        self.start()
        self.assertIn(f"https://localhost:{port}", self.bramley("context", "show", "local").stdout)
        done = self.bramley("device", "list")
        self.assertEqual(0, done.returncode, done.stderr)
        self.stop()

    def test_a_variable_goes_before_the_configuration_file(self):
        config = os.path.join(self.home, ".config/bramley/config.yaml")
        os.makedirs(os.path.dirname(config))
        with open(config, "w", encoding="ascii") as file:
            file.write("serve: {open-enrollment: true}\n")
        self.start()
        self.assertEqual(0, self.bramley("api", "GET", "/enroll").returncode)
        self.stop()
        self.environment["BRAMLEY_OPEN_ENROLLMENT"] = "false"
        self.start()
        self.assertNotEqual(0, self.bramley("api", "GET", "/enroll").returncode)
        self.stop()

    def test_tls_certificate_is_for_localhost(self):
        self.start()
        tls = os.path.join(self.home, ".local/share/bramley/tls")
        authorities = [os.path.join(tls, name) for name in os.listdir(tls) if name.endswith(".pem")]
        context = ssl.create_default_context()
        for path in authorities:
            context.load_verify_locations(path)
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls_socket:
                self.assertIn(tls_socket.version(), ("TLSv1.2", "TLSv1.3"))
        self.stop()


if __name__ == "__main__":
    unittest.main()
