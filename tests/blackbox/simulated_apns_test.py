"""The push service inside `bramley simulate`, with curl as the provider: HTTP/2, a client certificate, Apple's answers; and
devices that never poll and come when they are pushed."""

import json
import os
import re
import sqlite3
import subprocess
import time
import unittest

from bramley_server import BramleyServer, binary, clean_environment, free_port, run_bramley, temporary_folder
from push_certificates import TOPIC, PushPair
from shell_device import command_plist


class SimulatedApns(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.pair = PushPair()
        self.server = BramleyServer(self.folder, tls=True, flags=["--open-enrollment"])
        self.pair.write_to(self.server.credentials_dir)
        self.addCleanup(self.server.close)
        self.server.start()
        self.url = f"https://localhost:{free_port()}"
        self.certificate = os.path.join(self.folder, "devices", "apns", "server.pem")

    def simulate(self, *flags):
        """Devices that are enrolled, have had their first poll, and never poll again by themselves."""
        common = ["--url", self.server.url, "--ca-file", os.path.join(self.server.data_dir, "tls", "server.pem"), "--dir",
                  os.path.join(self.folder, "devices"), "--devices", "2"]
        self.assertEqual(0, run_bramley(self.folder, "simulate", *common, "--duration", "0").returncode)
        self.server.enqueue([device for _, _, device in self.tokens()], command_plist("C-first-poll"), "?nopush=1")
        log = open(os.path.join(self.folder, "simulate.log"), "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [binary(), "simulate", "-o", "json", *common, "--duration", "5m", "--poll", "0s", "--apns-listen",
             self.url.removeprefix("https://"), *flags],
            stdout=subprocess.PIPE, stderr=log, env=clean_environment(self.folder))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        # The report that settles it is answered with nothing: that was the end of their first turn.
        self.wait(lambda: {item["state"] for item in self.server.results("C-first-poll")} == {"acknowledged"}, "a first poll")
        return process

    def wait(self, condition, what):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"not seen: {what}\n{self.server.log()}")
            time.sleep(0.05)

    def tokens(self):
        """Token and magic of every enrolled device, from where only the server looks."""
        with sqlite3.connect(f"file:{self.server.data_dir}/bramley.db?mode=ro", uri=True) as database:
            return database.execute("SELECT push_token, push_magic, id FROM enrollments WHERE push_token <> ''").fetchall()

    def curl(self, *arguments):
        done = subprocess.run(["curl", "--silent", "--show-error", "--http2", "--max-time", "20", "--cacert", self.certificate,
                               *arguments], capture_output=True, text=True, check=False)
        return done

    def push(self, token, magic, *more, topic=TOPIC):
        """The status and the reason."""
        folder = self.server.credentials_dir
        done = self.curl("--cert", f"{folder}/push/{TOPIC}.pem", "--key", f"{folder}/push/{TOPIC}.key",
                         "--header", f"apns-topic: {topic}", "--header", "apns-push-type: mdm", *more,
                         "--data", json.dumps({"mdm": magic}), "--write-out", "\n%{http_version} %{http_code}",
                         f"{self.url}/3/device/{token}")
        self.assertEqual(0, done.returncode, done.stderr)
        body, _, ending = done.stdout.rpartition("\n")
        version, status = ending.split()
        self.assertEqual("2", version)
        return int(status), json.loads(body)["reason"] if body else ""

    def test_a_push_brings_the_device_and_nothing_else_does(self):
        self.simulate()
        token, magic, device = self.tokens()[0]
        self.server.enqueue([device], command_plist("C-1"), "?nopush=1")
        self.assertEqual((200, ""), self.push(token, "another magic"))
        time.sleep(0.5)
        self.assertEqual("pending", self.server.results("C-1")[0]["state"])
        self.assertEqual((200, ""), self.push(token, magic))
        self.wait(lambda: self.server.results("C-1")[0]["state"] == "acknowledged", "the answer")

    def test_what_apple_refuses(self):
        self.simulate()
        token, magic, _ = self.tokens()[0]
        self.assertEqual((400, "BadDeviceToken"), self.push("00ff", magic))
        self.assertEqual((400, "TopicDisallowed"), self.push(token, magic, topic="com.apple.mgmt.External.other"))
        self.assertEqual((400, "BadPriority"), self.push(token, magic, "--header", "apns-priority: 7"))
        self.assertNotEqual(0, self.curl(self.url + "/3/device/00ff", "--data", "{}").returncode, "no certificate, no answer")
        self.assertNotEqual(0, self.curl("--http1.1", self.url, "--cert", f"{self.server.credentials_dir}/push/{TOPIC}.pem",
                                         "--key", f"{self.server.credentials_dir}/push/{TOPIC}.key").returncode)

    def test_faults_on_order(self):
        process = self.simulate("--apns-fault", "410:1")
        token, magic, _ = self.tokens()[0]
        self.assertEqual((410, "Unregistered"), self.push(token, magic))
        process.terminate()
        summary = json.loads(process.communicate(timeout=20)[0])
        pushes = next(message for message in summary["messages"] if message["message"] == "push")
        self.assertEqual({"410": 1}, pushes["statuses"])

    def unanswered(self, *more):
        folder = self.server.credentials_dir
        return self.curl("--cert", f"{folder}/push/{TOPIC}.pem", "--key", f"{folder}/push/{TOPIC}.key", "--data", "{}", *more,
                         f"{self.url}/3/device/{self.tokens()[0][0]}")

    def test_connections_that_break(self):
        self.simulate("--apns-fault", "drop:1")
        done = self.unanswered()
        self.assertNotIn(done.returncode, (0, 28), "it ends at once")
        self.assertTrue(re.search("stream|connection|Empty|SSL|read", done.stderr), done.stderr)

    def test_answers_that_never_come(self):
        self.simulate("--apns-fault", "hang:1")
        self.assertEqual(28, self.unanswered("--max-time", "2").returncode, "curl gave up waiting")


class Woken(unittest.TestCase):
    """The whole way: a command is queued, Apple is told, the devices come, their answers are there. Nobody polls."""

    def test_from_the_queue_to_the_answers(self):
        folder = temporary_folder(self)
        apns, key = os.path.join(folder, "apns.pem"), os.path.join(folder, "apns.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", apns], check=True,
                       capture_output=True)
        port = free_port()
        server = BramleyServer(folder, tls=True, flags=["--open-enrollment", "--apns-url", f"https://localhost:{port}",
                                                        "--apns-ca-file", apns])
        PushPair().write_to(server.credentials_dir)
        self.addCleanup(server.close)
        server.start()
        devices = subprocess.Popen(
            [binary(), "simulate", "--url", server.url, "--ca-file", os.path.join(server.data_dir, "tls", "server.pem"),
             "--devices", "5", "--duration", "5m", "--poll", "0s", "--apns-listen", f"127.0.0.1:{port}", "--apns-cert", apns,
             "--apns-key", key, "--apns-fault", "500:0.2", "--apns-fault", "drop:0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment(folder))
        self.addCleanup(devices.wait)
        self.addCleanup(devices.kill)
        deadline = time.monotonic() + 60
        while len([item for item in server.enrollments() if item["state"] == "enrolled"]) < 5:
            self.assertLess(time.monotonic(), deadline, server.log())
            time.sleep(0.05)
        ids = [item["id"] for item in server.enrollments()]
        self.assertIn(server.enqueue(ids, command_plist("C-1")).status, (200, 207, 500))
        # Whoever was not reached at once is pushed again in the background.
        deadline = time.monotonic() + 120
        while {item["state"] for item in server.results("C-1")} != {"acknowledged"}:
            self.assertLess(time.monotonic(), deadline, server.log())
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
