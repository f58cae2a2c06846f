#!/usr/bin/env python3
"""The completions in the shells themselves: shell_completion_test.py BRAMLEY SOURCE_DIR."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from api_server import ApiServer
from terminal import run_on_terminal

BRAMLEY, SOURCE = sys.argv[1:3]
FILES = ("one.plist", "two.txt")

# What is typed, what must be offered, what must not be.
CASES = [
    ("bramley ", {"serve", "command", "device", "help"}, {"send", "one.plist"}),
    ("bramley comm", {"command"}, {"device"}),
    ("bramley command ", {"send", "list", "results", "queue"}, {"command", "one.plist"}),
    ("bramley -o json command ", {"send", "list"}, {"json"}),
    ("bramley device list --state ", {"pending", "enrolled", "checked_out"}, {"list"}),
    ("bramley device list --st", {"--state"}, {"--serial"}),
    ("bramley version -o ", {"table", "json", "ndjson", "yaml"}, set()),
    ("bramley completion ", {"bash", "zsh", "fish"}, {"one.plist"}),
    ("bramley command send ", {"one.plist", "two.txt"}, {"list"}),
    ("bramley ca init --cert-out ", {"one.plist", "two.txt"}, {"--force"}),
    ("bramley ca init --credentials-dir ", {"sub"}, {"two.txt"}),
    ("bramley help ", {"ca", "device"}, {"one.plist"}),
    ("bramley device list --serial ", set(), {"one.plist", "pending"}),
    # What only the program knows.
    ("bramley command send Eras", {"EraseDevice"}, {"ProfileList"}),
    ("bramley command explain ", {"EraseDevice", "ProfileList"}, {"one.plist"}),
    ("bramley command send EraseDevice --set P", {"PIN=", "PreserveDataPlan="}, {"Message="}),
    ("bramley command build Settings --set Settings.Blue", {"Settings.Bluetooth.Enabled="}, {"PIN="}),
    ("bramley context use ", {"first", "second"}, {"one.plist"}),
    ("bramley device list --context ", {"first", "second"}, {"one.plist"}),
    ("bramley device show ", {"DEVICE-1", "DEVICE-2"}, {"one.plist"}),
    ("bramley command send ProfileList --device DEVICE-", {"DEVICE-1", "DEVICE-2"}, {"ProfileList"}),
]

ROUTES = [{"path": "/api/v1/enrollments",
           "body": {"enrollments": [{"id": "DEVICE-1", "device_name": "Mac"}, {"id": "DEVICE-2"}]}}]

BASH = """
source "$1"
COMP_LINE=$2
read -ra COMP_WORDS <<< "$2"
[[ $2 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_bramley
for reply in "${COMPREPLY[@]}"; do
  printf '%s\\n' "$reply"
done
"""

ZSH = """
fpath=(%s $fpath)
PS1='> '
autoload -Uz compinit && compinit -u -D
zstyle ':completion:*' list-colors ''
zstyle ':completion:*' verbose no
LISTMAX=0
unsetopt ZLE_BRACKETED_PASTE 2>/dev/null
setopt NO_LIST_AMBIGUOUS NO_BEEP LIST_ROWS_FIRST
bindkey '^I' list-choices
"""


class Offers(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="bramley-shell-")
        self.addCleanup(directory.cleanup)
        self.work = Path(directory.name)
        for name in FILES:
            (self.work / name).touch()
        (self.work / "sub").mkdir()
        server = ApiServer(ROUTES, self.work / "requests.ndjson", None)
        self.addCleanup(server.stop)
        config = self.work / "config.yaml"
        config.write_text(f"current_context: first\ncontexts:\n  first: {{server: '{server.url}', token: secret}}\n"
                          "  second: {server: 'http://127.0.0.1:9'}\n", encoding="utf-8")
        config.chmod(0o600)
        (self.work / "bin").mkdir()
        (self.work / "bin/bramley").symlink_to(os.path.abspath(BRAMLEY))
        self.environment = {"PATH": f"{self.work}/bin:{os.environ['PATH']}", "BRAMLEY_CONFIG": str(config), "HOME": str(self.work), "TERM": "xterm",
                            "LC_ALL": "C.UTF-8"}

    def check(self, offers):
        for typed, wanted, unwanted in CASES:
            with self.subTest(typed=typed):
                offered = offers(typed)
                self.assertEqual(set(), wanted - offered)
                self.assertEqual(set(), unwanted & offered)

    def run_shell(self, *command):
        done = subprocess.run(command, cwd=self.work, env=self.environment, capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual("", done.stderr)
        return done.stdout.splitlines()

    def test_bash(self):
        script = f"{SOURCE}/completions/bramley.bash"
        self.check(lambda typed: set(
            self.run_shell("bash", "--norc", "-c", BASH, "bash", script, typed)))

    def test_bash_value_after_equals_sign(self):
        script = f"{SOURCE}/completions/bramley.bash"
        code = (f"source {shlex.quote(script)}; COMP_WORDS=(bramley version --output = j); "
                "COMP_CWORD=4; _bramley; echo ${COMPREPLY[@]}")
        self.assertEqual(["json"], self.run_shell("bash", "--norc", "-c", code))

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        script = f"{SOURCE}/completions/bramley.fish"
        code = f"source {shlex.quote(script)}; complete -C $argv[1]"
        self.check(lambda typed: {
            line.partition("\t")[0].rstrip("/") for line in self.run_shell("fish", "-N", "-c", code, typed)})

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        functions = self.work / "functions"
        functions.mkdir()
        shutil.copy(f"{SOURCE}/completions/_bramley", functions)
        (self.work / ".zshrc").write_text(ZSH % shlex.quote(str(functions)), encoding="utf-8")

        # Tab lists, Ctrl-U empties the line, and a mark ends what belongs to this case.
        typed = [f"{case[0]}\t\x15echo mark-{number}" for number, case in enumerate(CASES)]
        _, shown = run_on_terminal([shutil.which("zsh"), "-i"], self.work, self.environment, 200,
                                   [*typed, "exit"], 100)
        answers = re.split(r"\n *mark-\d+ *\n", re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>])|\r", " ", shown))
        self.assertEqual(len(CASES) + 1, len(answers), shown)
        offered = {case[0]: set(answer.replace("/", " ").split()) - set(case[0].split())
                   for case, answer in zip(CASES, answers)}
        self.check(lambda typed: offered[typed])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
