#!/usr/bin/env python3
"""Every one of Apple's request types can be built from flags alone and validates, and one fault is refused by name.

    command_catalogue_test.py BRAMLEY PROJECT

What to set is read from `command explain -o json`; what came out is judged by Python's plistlib. The names are written
down here, so that a type that the catalogue loses is missed.
"""

import json
import os
import plistlib
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime
from pathlib import Path

BRAMLEY = None
TYPES = """AccountConfiguration ActivationLockBypassCode ActiveNSExtensions ApplyRedemptionCode AvailableOSUpdates
CertificateList ClearActivationLockBypassCode ClearPasscode ClearRestrictionsPassword ContentCachingInformation
DeclarativeManagement DeleteUser DeviceConfigured DeviceInformation DeviceLocation DeviceLock DisableLostMode
DisableRemoteDesktop EnableLostMode EnableRemoteDesktop EraseDevice InstallApplication InstallEnterpriseApplication
InstallMedia InstallProfile InstallProvisioningProfile InstalledApplicationList InviteToProgram LOMDeviceRequest
LOMSetupRequest LogOutUser ManagedApplicationAttributes ManagedApplicationConfiguration ManagedApplicationFeedback
ManagedApplicationList ManagedMediaList NSExtensionMappings OSUpdateStatus PlayLostModeSound ProfileList
ProvisioningProfileList RefreshCellularPlans RemoveApplication RemoveMedia RemoveProfile RemoveProvisioningProfile
RequestMirroring RequestUnlockToken RestartDevice Restrictions RotateFileVaultKey ScheduleOSUpdate ScheduleOSUpdateScan
SecurityInfo SetAutoAdminPassword SetFirmwarePassword SetRecoveryLock Settings ShutDownDevice StopMirroring
UnlockUserAccount UserConfigured UserList ValidateApplications VerifyFirmwarePassword VerifyRecoveryLock""".split()
PLIST_TYPES = {"string": str, "boolean": bool, "integer": int, "real": float, "date": datetime, "data": bytes,
               "array": list, "dictionary": dict}
PROFILE = {"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": "org.example.p",
           "PayloadUUID": "11111111-2222-3333-4444-555555555555", "PayloadContent": []}


class Catalogue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls.folder.name)
        (cls.work / "profile").write_bytes(plistlib.dumps(PROFILE))
        (cls.work / "map.json").write_text('{"some.key": 1}')

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_bramley(self, *words, stdin=None):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.work), "SECRET": "123456", "LC_ALL": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        return subprocess.run([BRAMLEY, "command", *words], input=stdin, capture_output=True, env=environment,
                              cwd=self.work, check=False, timeout=60)

    def explain(self, name):
        done = self.run_bramley("explain", name, "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def flags_for(self, key, place):
        """Flags that give this key a value of its type, with everything that must be below it."""
        kind = key["type"]
        if key.get("secret"):
            return ["--set", f"{place}=env:SECRET"]
        if kind == "dictionary":
            named = [k for k in key.get("keys", []) if not k["name"].startswith("ANY")]
            if not named:
                return ["--data", f"{place}=map.json"]
            wanted = [k for k in named if k["required"]] or named[:1]
            return [flag for k in wanted for flag in self.flags_for(k, f"{place}.{k['name']}")]
        if kind == "array":
            return self.flags_for_array(key, place)
        if kind == "data":
            return ["--data", f"{place}=profile"]
        return ["--set", f"{place}={self.text_for(key)}"]

    def flags_for_array(self, key, place):
        items = key["keys"]
        if len(items) > 1:  # each of the settings, by its name
            flags = []
            for item in items:
                wanted = [k for k in item["keys"] if k["required"] and k["name"] != "Item"]
                wanted = wanted or [k for k in item["keys"] if k["name"] != "Item"][:1]
                for k in wanted:
                    flags += self.flags_for(k, f"{place}.{item['name']}.{k['name']}")
            return flags
        if items[0]["type"] == "dictionary":
            return self.flags_for(items[0], f"{place}[0]")
        return ["--set", f"{place}={self.text_for(items[0])}"]

    @staticmethod
    def text_for(key):
        choices = key.get("values") or [k["name"] for k in key.get("keys", [])]
        fallback = {"string": "text", "boolean": "true", "integer": "3", "real": "0.5",
                    "date": "2026-11-24T03:06:13Z", "data": "base64:aGk=", "any": "x"}[key["type"]]
        return choices[0] if choices else fallback

    def judge(self, value, key, place):
        if key["type"] in PLIST_TYPES:
            self.assertIsInstance(value, PLIST_TYPES[key["type"]], place)
        below = {k["name"]: k for k in key.get("keys", [])}
        if isinstance(value, dict):
            for name, member in value.items():
                if name in below:
                    self.judge(member, below[name], f"{place}.{name}")
        elif isinstance(value, list) and len(key["keys"]) == 1:
            for item in value:
                self.judge(item, key["keys"][0], f"{place}[]")

    def build(self, name, *flags):
        done = self.run_bramley("build", name, *flags)
        self.assertEqual(done.returncode, 0, f"{name} {flags}: {done.stderr}")
        return done.stdout

    def test_the_list_is_whole(self):
        done = self.run_bramley("types", "-o", "json")
        self.assertEqual(sorted(row["request_type"] for row in json.loads(done.stdout)), sorted(TYPES))
        self.assertEqual(len(TYPES), 66)

    def test_each_type_can_be_built_from_flags_alone_with_all_its_keys(self):
        for name in TYPES:
            with self.subTest(name):
                keys = self.explain(name)["keys"]
                flags = [flag for key in keys for flag in self.flags_for(key, key["name"])]
                plist = self.build(name, *flags)
                command = plistlib.loads(plist)["Command"]
                self.assertEqual(command.pop("RequestType"), name)
                self.assertEqual(set(command), {key["name"] for key in keys})
                for key in keys:
                    self.judge(command[key["name"]], key, key["name"])
                done = self.run_bramley("validate", "-", "-o", "json", stdin=plist)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertEqual(json.loads(done.stdout)["faults"], [])

    def test_each_type_can_be_built_with_what_it_must_have(self):
        for name in TYPES:
            with self.subTest(name):
                required = [key for key in self.explain(name)["keys"] if key["required"]]
                flags = [flag for key in required for flag in self.flags_for(key, key["name"])]
                command = plistlib.loads(self.build(name, *flags))["Command"]
                self.assertTrue({key["name"] for key in required} <= set(command))

    def refused(self, name, command, place, expected):
        plist = plistlib.dumps({"CommandUUID": "1", "Command": command})
        done = self.run_bramley("validate", "-", "-o", "json", stdin=plist)
        self.assertEqual(done.returncode, 5, f"{name} {command}: {done.stdout} {done.stderr}")
        if not done.stdout:  # not a command at all
            self.assertIn(place.encode(), done.stderr)
            return
        faults = json.loads(done.stdout)["faults"]
        self.assertEqual([fault["key"] for fault in faults], [place])
        self.assertIn(expected, faults[0]["message"])

    def test_one_fault_is_refused_and_named(self):
        words = {"string": "a string", "boolean": "a boolean", "integer": "an integer", "real": "a number",
                 "date": "a date", "data": "data", "array": "an array", "dictionary": "a dictionary"}
        for name in TYPES:
            with self.subTest(name):
                keys = self.explain(name)["keys"]
                flags = [flag for key in keys for flag in self.flags_for(key, key["name"])]
                good = plistlib.loads(self.build(name, *flags))["Command"]
                for key in keys:
                    wrong = dict(good, **{key["name"]: 7 if key["type"] != "integer" else "seven"})
                    self.refused(name, wrong, key["name"], f"expected {words[key['type']]}")
                    if key["required"]:
                        missing = {k: v for k, v in good.items() if k != key["name"]}
                        self.refused(name, missing, key["name"], f"expected {words[key['type']]}")
                    if key.get("values"):
                        other = dict(good, **{key["name"]: 77 if key["type"] == "integer" else "Nonsense"})
                        self.refused(name, other, key["name"], f"expected {key['values'][0]}")
                self.refused(name, dict(good, RequestType=7), "RequestType", "expected a string")


class Refresh(unittest.TestCase):
    """The script that makes the catalogue, on a small checkout that says something new."""

    SCHEMA = """
title: Sing
description: Sings
payload:
  requesttype: Sing
  supportedOS:
    iOS: {introduced: '27.0', accessrights: AllowSettings, supervised: true, userenrollment: {mode: forbidden},
          brandnew: 3}
    macOS: {introduced: n/a}
payloadkeys:
- {key: Song, type: <string>, presence: required, rangelist: [La, 'Do Re']}
- {key: Volume, type: <real>, range: {min: 0, max: 1}, supportedOS: {iOS: {introduced: '27.1', deprecated: '27.2'}}}
- {key: Odd, type: <quaternion>}
"""

    def test_a_newer_schema_is_taken_and_what_is_strange_is_said(self):
        script = Path(__file__).resolve().parents[2] / "core/catalogue/refresh.py"
        with tempfile.TemporaryDirectory() as folder:
            commands = Path(folder, "mdm/commands")
            commands.mkdir(parents=True)
            (commands / "sing.yaml").write_text(self.SCHEMA)
            Path(folder, "LICENSE.txt").write_text("Copyright (c) Somebody\n")
            out = Path(folder, "out.txt")
            words = [sys.executable, script, folder, "--out", out]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("--edition", done.stderr)
            self.assertFalse(out.exists())
            words += ["--edition", "iOS=27.0,macOS=27.0,tvOS=27.0,visionOS=27.0,watchOS=27.0"]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("Sing: supportedOS.iOS.brandnew", done.stderr)
            self.assertIn("Sing.Odd: type <quaternion>", done.stderr)
            self.assertIn("Sing has no line in command_notes.txt", done.stderr)
            text = out.read_text()
        self.assertIn("command Sing sing iOS:27.0,ar=AllowSettings,sup=1,ue=forbidden macOS:-\n", text)
        self.assertIn(" key Song string required values=La|Do%20Re\n", text)
        self.assertIn(" key Volume real range=0..1 iOS:27.1,dep=27.2\n", text)


if __name__ == "__main__":
    BRAMLEY = os.path.abspath(sys.argv.pop(1))
    del sys.argv[1:2]  # the project's folder
    unittest.main()
