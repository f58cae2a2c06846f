#!/usr/bin/env python3
"""One command to a whole fleet, with nghttpd in Apple's place: how fast it is queued and pushed, what that costs, and how
long an unrelated device's poll takes meanwhile. DEVICES is the argument."""

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from bramley_server import BramleyServer, free_port  # noqa: E402
from push_certificates import PushPair  # noqa: E402
from quick_device import QuickDevice  # noqa: E402
from shell_device import TOPIC, command_plist  # noqa: E402
from test_authority import TestAuthority, new_key, server_certificate  # noqa: E402

LONGEST = 300


def copy_enrollment(path, count):
    """The one device that is in the database, many times over."""
    database = sqlite3.connect(path)
    columns = [row[1] for row in database.execute("PRAGMA table_info(enrollments)") if row[1] != "enrollment_key"]
    name = "printf('DEVICE-%06d', n)"
    changed = {"id": name, "device_id": name, "push_token": "lower(hex(randomblob(32)))"}
    database.execute(
        f"WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers LIMIT {count}) "
        f"INSERT INTO enrollments ({', '.join(columns)}) "
        f"SELECT {', '.join(changed.get(column, column) for column in columns)} "
        "FROM numbers, (SELECT * FROM enrollments LIMIT 1)")
    database.execute("INSERT OR IGNORE INTO sightings (enrollment_key) SELECT enrollment_key FROM enrollments")
    database.commit()
    database.close()


class Poller(threading.Thread):
    def __init__(self, device):
        super().__init__(daemon=True)
        self.device, self.seconds, self.stopping = device, [], False

    def run(self):
        while not self.stopping:
            begun = time.perf_counter()
            assert self.device.report("Idle")[0] == 200
            self.seconds.append(time.perf_counter() - begun)
            time.sleep(0.02)

    def finish(self):
        self.stopping = True
        self.join()
        return sorted(self.seconds)


def process_facts(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        memory = next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return memory, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_pushes(path, count):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        if database.execute("SELECT count(*) FROM push_schedule WHERE sends > 0").fetchone()[0] == count:
            return
        time.sleep(0.2)
    raise SystemExit(f"not all were pushed within {LONGEST} s")


def measure(folder, count):
    tls = server_certificate(folder)
    port = free_port()
    apple = subprocess.Popen(["nghttpd", "--echo-upload", "--workers=1", str(port), tls[1], tls[0]],
                             stdout=subprocess.DEVNULL)
    server = BramleyServer(folder, ["--apns-url", f"https://localhost:{port}", "--apns-ca-file", tls[0]])
    try:
        authority = TestAuthority()
        authority.write_to(server.credentials_dir)
        PushPair(topic=TOPIC).write_to(server.credentials_dir)
        server.start()
        device = QuickDevice(server, authority, new_key(), "UNRELATED")
        device.authenticate()
        device.token_update()
        device.close()
        server.stop()
        database = os.path.join(server.data_dir, "bramley.db")
        copy_enrollment(database, count)
        server.start()
        poller = Poller(device)
        poller.start()
        begun = time.perf_counter()
        answer = server.api("POST", "/api/v1/commands", {
            "targets": [f"DEVICE-{number:06d}" for number in range(1, count + 1)],
            "plist": base64.b64encode(command_plist("C1")).decode()})
        queued = time.perf_counter() - begun
        assert answer.status == 201, answer
        wait_for_pushes(database, count)
        pushing = time.perf_counter() - begun - queued
        polls = poller.finish()
        memory, processor = process_facts(server.process.pid)
        print(f"devices              {count}")
        print(f"enqueued in          {queued:.2f} s")
        print(f"pushes a second      {count / pushing:.0f}")
        print(f"server CPU a push    {processor / count * 1e6:.0f} us")
        print(f"memory at most       {memory} MB")
        print(f"unrelated poll       p99 {polls[int(len(polls) * 0.99)] * 1e3:.1f} ms, slowest {polls[-1] * 1e3:.1f} ms")
    finally:
        server.close()
        apple.terminate()
        apple.wait()


def main():
    folder = tempfile.mkdtemp(prefix="bramley-bench-")
    try:
        measure(folder, int(sys.argv[1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
