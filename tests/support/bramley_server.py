"""The program from outside: starts `bramley serve` on a free port of 127.0.0.1 and a temporary folder, keeps its log,
and ends it. For tests; standard library only."""

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse

READY_SECONDS = 30
API_KEY = "an-api-key-for-tests-only"


def binary():
    """The program under test: BRAMLEY_BINARY, else the release build."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    path = os.environ.get("BRAMLEY_BINARY") or os.path.join(root, "build", "bramley")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not there: build it, or set BRAMLEY_BINARY")
    return os.path.abspath(path)


def clean_environment(home, **more):
    """Nothing of the person who runs the tests: no BRAMLEY_ variable, no proxy, a home of its own."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("BRAMLEY_", "XDG_")) and not name.lower().endswith("_proxy")}
    # Where nobody listens: no test ever talks to Apple.
    kept.update({"HOME": home, "LC_ALL": "C.UTF-8", "TERM": "dumb", "BRAMLEY_APNS_URL": "https://127.0.0.1:9", **more})
    return kept


def free_port():
    """A port that nobody has right now. The kernel goes round, so it does not hand it out again soon."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    """An HTTP answer: status, headers (lower-case names), body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"Answer({self.status}, {self.body[:300]!r})"


class BramleyServer:
    """One server. Made in a folder that outlives it, so that it can be killed and started again."""

    def __init__(self, folder, flags=(), tls=False, environment=None):
        self.folder = folder
        self.data_dir = os.path.join(folder, "data")
        self.credentials_dir = os.path.join(folder, "credentials")
        self.log_path = os.path.join(folder, "serve.log")
        self.port = free_port()
        self.tls = tls
        self.flags = list(flags)
        self.environment = environment or {}
        self.process = None
        os.makedirs(self.credentials_dir, mode=0o700, exist_ok=True)
        self.api_key_file = os.path.join(folder, "api-key")
        write_private(self.api_key_file, API_KEY + "\n")

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def command(self):
        """The whole command line of this server."""
        found = [binary(), "serve", "--url", self.url, "--listen", f"127.0.0.1:{self.port}",
                 "--data-dir", self.data_dir, "--credentials-dir", self.credentials_dir,
                 "--api-key", f"@{self.api_key_file}"]
        if not self.tls:
            found += ["--tls", "off"]
        return found + self.flags

    def start(self):
        """Returns when it answers and has said what it had to say of its start."""
        with open(self.log_path, "ab") as log:
            said_before = log.tell()
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=clean_environment(self.folder, **self.environment))
        self.wait_until_ready()
        self.wait_until_reported(said_before)
        return self

    def wait_until_reported(self, said_before):
        """The listener is there before the report of the start is printed, whose end this is."""
        deadline = time.monotonic() + READY_SECONDS
        while "listening on http" not in self.log(said_before):
            if time.monotonic() > deadline:
                raise RuntimeError(f"serve has not reported its start after {READY_SECONDS} s:\n{self.log()}")
            time.sleep(0.02)

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"serve ended with {self.process.returncode}:\n{self.log()}")
            try:
                if self.request("GET", "/readyz", timeout=2).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"serve is not ready after {READY_SECONDS} s:\n{self.log()}")

    def kill(self):
        """As a crash would: no signal handler runs."""
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self, seconds=15):
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def log(self, beginning=0):
        with open(self.log_path, "rb") as file:
            file.seek(beginning)
            return file.read().decode(errors="replace")

    def connection(self, timeout=20):
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        trust_any = ssl._create_unverified_context()
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=trust_any)

    def request(self, method, path, body=None, headers=None, timeout=20):
        """One request on a connection of its own."""
        with contextlib.closing(self.connection(timeout)) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())

    def api(self, method, path, body=None):
        """Our own API, as an administrator; a body is sent as JSON."""
        headers = {"Authorization": f"Bearer {API_KEY}"}
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        return self.request(method, path, body=body, headers=headers)

    def enqueue(self, ids, plist, query=""):
        """NanoMDM's PUT /v1/enqueue."""
        path = "/v1/enqueue/" + ",".join(urllib.parse.quote(name, safe="") for name in ids) + query
        credentials = base64.b64encode(f"bramley:{API_KEY}".encode()).decode()
        return self.request("PUT", path, body=plist, headers={"Authorization": f"Basic {credentials}"})

    def enrollments(self):
        return self.pages("/api/v1/enrollments", "enrollments")

    def enrollment(self, name):
        answer = self.api("GET", "/api/v1/enrollments/" + urllib.parse.quote(name, safe=""))
        return answer.json() if answer.status == 200 else None

    def queue(self, name):
        return self.pages("/api/v1/enrollments/" + urllib.parse.quote(name, safe="") + "/queue", "commands")

    def results(self, uuid):
        return self.pages("/api/v1/commands/" + urllib.parse.quote(uuid, safe="") + "/results", "results")

    def pages(self, path, plural):
        """All items of a list, page by page."""
        found, cursor = [], None
        while True:
            query = "?limit=500" + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else "")
            answer = self.api("GET", path + query)
            if answer.status != 200:
                raise AssertionError(f"GET {path}: {answer}")
            page = answer.json()
            found += page[plural]
            cursor = page["next_cursor"]
            if not cursor:
                return found


def write_private(path, text):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def temporary_folder(test):
    """A folder for one test. Kept when BRAMLEY_KEEP is set, to look at afterwards."""
    folder = tempfile.mkdtemp(prefix="bramley-test-")
    if not os.environ.get("BRAMLEY_KEEP"):
        test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


def run_bramley(folder, *arguments, timeout=60, environment=None, stdin=None):
    """The command line, with `folder` as home."""
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=timeout, input=stdin,
                          stdin=subprocess.DEVNULL if stdin is None else None,
                          env=clean_environment(folder, **(environment or {})))
