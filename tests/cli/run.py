#!/usr/bin/env python3
"""Runs one script of tests/cli against the bramley binary.

    run.py BRAMLEY SCRIPT.txt

A script is a list of lines, then files in sections ("-- NAME --"), which are written into a fresh
working directory before the first line runs. Words are split as a shell would, without expansion
but for $NAME (WORK, SERVER, and what `env` has set).

    bramley WORD…              run it; it must succeed          ! bramley WORD…   it must fail
    terminal COLUMNS bramley … the same on a terminal: what it shows, stdout and stderr, is stdout
    type TEXT                  typed by the user of the next `terminal` command, with a line break
    stdin FILE                 the next bramley reads FILE
    exit N                     the last bramley ended with N
    stdout REGEX               somewhere in what it printed     ! stdout REGEX    nowhere
    stderr REGEX               the same of stderr               ! stdout .        nothing at all
    json EXPRESSION            Python, with `data` the parsed stdout, must be true; ndjson: a list
    grep REGEX FILE            the same as stdout, of a file    ! grep REGEX FILE
    cmp A B                    two files are equal (stdout and stderr are names of files, too)
    exists FILE                ! exists FILE
    mode OCTAL FILE            the file's permissions
    mkdir DIR · rm FILE · chmod OCTAL FILE
    env NAME=VALUE             for all that follows; NAME= unsets
    openssl WORD…              must succeed; its stdout is stdout
    server FILE [tls]          starts a server on loopback that answers as FILE says (api_server.py);
                               $SERVER is its URL, $ADDRESS its host and port; with tls, server.pem
                               is its certificate: for 127.0.0.1 and two days, or for `tls HOST DAYS`
                               from yesterday on (0: it has expired)
"""

import datetime
import ipaddress
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api_server import ApiServer
from terminal import run_on_terminal

TIME_LIMIT = 60  # seconds, for one command


class Failure(Exception):
    pass


def split_script(text):
    """The lines of the script, numbered, and the files after them."""
    lines, files, current = [], {}, None
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        section = re.fullmatch(r"-- (\S+) --\n?", line)
        if section:
            current = files.setdefault(section.group(1), [])
        elif current is not None:
            current.append(line)
        elif line.strip() and not line.lstrip().startswith("#"):
            lines.append((number, line.strip()))
    return lines, {name: "".join(content) for name, content in files.items()}


class Script:
    def __init__(self, bramley, work):
        self.bramley = bramley
        self.work = work
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(work / "home"),
            "WORK": str(work),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm",
        }
        # What the sanitizers need, when the binary was built with them.
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.stdin = None
        self.typed = []
        self.stdout = self.stderr = ""
        self.code = None
        self.server = None
        (work / "home").mkdir()

    # Words

    def words(self, text):
        lexer = shlex.shlex(text, posix=True, punctuation_chars="")
        lexer.whitespace_split = True
        lexer.commenters = ""
        return [self.expand(word) for word in lexer]

    def expand(self, word):
        return re.sub(r"\$(\w+)", lambda m: self.environment.get(m.group(1), m.group(0)), word)

    def path(self, name):
        return self.work / name

    def content(self, name):
        if name == "stdout":
            return self.stdout
        if name == "stderr":
            return self.stderr
        return self.path(name).read_text(errors="surrogateescape")

    # Directives

    def run_line(self, line):
        negated = line.startswith("! ")
        words = self.words(line[2:] if negated else line)
        directive = getattr(self, "do_" + words[0], None)
        if directive is None:
            raise Failure(f"there is no directive '{words[0]}'")
        directive(words[1:], negated)

    def finish_command(self, negated):
        self.stdin, self.typed = None, []
        if self.code < 0:
            raise Failure(f"ended by signal {-self.code}")
        if negated and self.code == 0:
            raise Failure("succeeded, but should have failed")
        if not negated and self.code != 0:
            raise Failure(f"failed with {self.code}")

    def do_bramley(self, words, negated):
        done = subprocess.run(
            [self.bramley, *words], cwd=self.work, env=self.environment, capture_output=True,
            input=self.stdin if self.stdin is not None else b"", timeout=TIME_LIMIT, check=False)
        self.code = done.returncode
        self.stdout = done.stdout.decode(errors="surrogateescape")
        self.stderr = done.stderr.decode(errors="surrogateescape")
        self.finish_command(negated)

    def do_terminal(self, words, negated):
        columns, program, *arguments = words
        if program != "bramley":
            raise Failure("terminal COLUMNS bramley …")
        self.code, self.stdout = run_on_terminal(
            [self.bramley, *arguments], self.work, self.environment, int(columns), self.typed,
            TIME_LIMIT)
        self.stderr = ""
        self.finish_command(negated)

    def do_type(self, words, _):
        self.typed.append(words[0])

    def do_stdin(self, words, _):
        self.stdin = self.path(words[0]).read_bytes()

    def do_exit(self, words, _):
        if self.code != int(words[0]):
            raise Failure(f"ended with {self.code}")

    def match(self, pattern, text, negated):
        found = re.search(pattern, text, re.MULTILINE | (re.DOTALL if pattern == "." else 0))
        if bool(found) == negated:
            raise Failure("matches, but should not" if negated else "does not match")

    def do_stdout(self, words, negated):
        self.match(words[0], self.stdout, negated)

    def do_stderr(self, words, negated):
        self.match(words[0], self.stderr, negated)

    def do_grep(self, words, negated):
        self.match(words[0], self.content(words[1]), negated)

    def evaluate(self, expression, data):
        names = {"data": data, "len": len, "all": all, "any": any, "set": set, "sorted": sorted,
                 "str": str, "list": list, "json": json}
        if not eval(expression, {"__builtins__": {}}, names):  # pylint: disable=eval-used
            raise Failure("is not so")

    def do_json(self, words, _):
        self.evaluate(words[0], json.loads(self.stdout))

    def do_ndjson(self, words, _):
        self.evaluate(words[0], [json.loads(line) for line in self.stdout.splitlines()])

    def do_cmp(self, words, negated):
        if (self.content(words[0]) == self.content(words[1])) == negated:
            raise Failure("equal" if negated else "different")

    def do_exists(self, words, negated):
        if self.path(words[0]).exists() == negated:
            raise Failure("exists" if negated else "does not exist")

    def do_mode(self, words, _):
        mode = self.path(words[1]).stat().st_mode & 0o7777
        if mode != int(words[0], 8):
            raise Failure(f"has mode {mode:o}")

    def do_mkdir(self, words, _):
        self.path(words[0]).mkdir(parents=True)

    def do_rm(self, words, _):
        self.path(words[0]).unlink()

    def do_chmod(self, words, _):
        self.path(words[1]).chmod(int(words[0], 8))

    def do_env(self, words, _):
        name, _, value = words[0].partition("=")
        if value:
            self.environment[name] = value
        else:
            self.environment.pop(name, None)

    def do_openssl(self, words, negated):
        done = subprocess.run(["openssl", *words], cwd=self.work, env=self.environment,
                              capture_output=True, timeout=TIME_LIMIT, check=False)
        self.stdout, self.stderr = done.stdout.decode(), done.stderr.decode()
        if (done.returncode == 0) == negated:
            raise Failure(f"openssl ended with {done.returncode}")

    def do_server(self, words, _):
        tls = None
        if words[1:]:
            host, days = words[2:] or ("127.0.0.1", "2")
            tls = self.make_certificate(host, int(days))
        routes = json.loads(self.path(words[0]).read_text())
        self.server = ApiServer(routes, self.path("requests.ndjson"), tls)
        self.environment["SERVER"] = self.server.url
        self.environment["ADDRESS"] = self.server.url.split("://")[1]

    def make_certificate(self, host, days):
        files = (self.path("server.pem"), self.path("server.key"))
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
        names = x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)])
        certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=days, hours=1)).add_extension(names, False)
            .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return files


def explain(script, name, number, line, failure):
    print(f"{name}:{number}: {line}\n  {failure}")
    for stream in ("stdout", "stderr"):
        text = getattr(script, stream)
        print(f"--- {stream}\n{text.encode(errors='replace').decode()}" if text else
              f"--- {stream}: empty")


def main():
    bramley, name = sys.argv[1:]
    lines, files = split_script(Path(name).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="bramley-cli-") as directory:
        work = Path(directory)
        script = Script(os.path.abspath(bramley), work)
        for path, content in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(content, encoding="utf-8")
        for number, line in lines:
            try:
                script.run_line(line)
            except (Failure, OSError, ValueError, IndexError, re.error, KeyError, TypeError,
                    subprocess.TimeoutExpired) as failure:
                explain(script, name, number, line, failure)
                return 1
        if script.server:
            script.server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
