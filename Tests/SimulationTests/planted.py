#!/usr/bin/env python3
"""Proves that the simulation finds bugs: plants one after the other into a copy of the storage engine and runs seeds until one fails.

    Tests/SimulationTests/planted.py [--seeds 1000] [--only NAME] [--keep]

Each bug is a replacement of text in one source file. Text that is not there any more is an error: then the list must follow the code.
The last line is `N passed, N failed`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

from planted_bugs import BUGS

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
WORK = os.path.join(ROOT, ".build-planted")
PARTS = ["Sources/Model", "Sources/Chunks", "Sources/TSDB", "Sources/Runtime", "Sources/CLinux", "Sources/CRE2", "Sources/CSnappy", "Tests/TestKit", "Tests/SimulationTests"]
# A debug build is made faster, but a seed takes six times as long.
RELEASE = ["-c", "release", "-Xswiftc", "-enable-testing"]
PACKAGE = """// swift-tools-version: 6.2
import PackageDescription
let strict: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
let package = Package(name: "planted", targets: [
    .target(name: "TSDB", dependencies: ["Chunks", "Runtime", "Model", "CLinux", "CSnappy"], exclude: ["Formats"], swiftSettings: strict),
    .target(name: "Runtime", dependencies: ["Model", "CLinux"], swiftSettings: strict),
    .target(name: "Chunks", dependencies: ["Model"], swiftSettings: strict),
    .target(name: "Model", dependencies: ["CLinux", "CRE2"], swiftSettings: strict),
    .target(name: "CLinux"), .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]), .systemLibrary(name: "CSnappy"),
    .target(name: "TestKit", dependencies: ["TSDB", "Model"], path: "Tests/TestKit", swiftSettings: strict),
    .testTarget(
        name: "SimulationTests", dependencies: ["TSDB", "Model", "TestKit"], exclude: ["planted.py", "planted_bugs.py"], swiftSettings: strict),
], swiftLanguageModes: [.v6], cxxLanguageStandard: .cxx17)
"""


def copy():
    for part in PARTS:
        subprocess.run(["rsync", "-a", "--delete", os.path.join(ROOT, part) + "/", os.path.join(WORK, part) + "/"], check=True) \
            if shutil.which("rsync") else shutil.copytree(os.path.join(ROOT, part), os.path.join(WORK, part), dirs_exist_ok=True)
    with open(os.path.join(WORK, "Package.swift"), "w") as file:
        file.write(PACKAGE)


def build():
    done = subprocess.run(["swift", "build", *RELEASE, "--build-tests"], cwd=WORK, capture_output=True, text=True)
    if done.returncode != 0:
        errors = [line for line in (done.stdout + done.stderr).splitlines() if "error:" in line]
        return "does not build: " + "; ".join(errors[:3])
    return None


def run(seeds):
    """Whether all seeds passed, and the first failure. Few seeds find most bugs, so the others are only run if they do not."""
    first = 1
    for through in [end for end in (20, 100, 300) if end < seeds] + [seeds]:
        environment = dict(os.environ, MARTLET_SEED=str(first), MARTLET_SEEDS=str(through - first + 1))
        done = subprocess.run(
            ["swift", "test", *RELEASE, "--skip-build", "--filter", "SimulationTests"], cwd=WORK, capture_output=True, text=True,
            env=environment)
        if done.returncode != 0:
            found = re.search(r"seed (\d+), step (\d+), [^\n]*", done.stdout + done.stderr)
            return False, found.group(0) if found else (done.stdout + done.stderr)[-300:]
        first = through + 1
    return True, ""


def plant(bug):
    path = os.path.join(WORK, bug.file)
    with open(path) as file:
        text = file.read()
    if text.count(bug.old) != 1:
        raise SystemExit(f"{bug.name}: its text stands {text.count(bug.old)} times in {bug.file}, not once")
    with open(path, "w") as file:
        file.write(text.replace(bug.old, bug.new))
    return lambda: open(path, "w").write(text)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=1000)
    options.add_argument("--only")
    options.add_argument("--keep", action="store_true", help="leave the copy in .build-planted")
    given = options.parse_args()
    os.makedirs(WORK, exist_ok=True)
    copy()
    trouble = build()
    if trouble:
        raise SystemExit(trouble)
    clean, first = run(min(given.seeds, 100))
    if not clean:
        print("without a planted bug:", first)
        print("0 passed, 1 failed")
        return 1
    passed = failed = 0
    for bug in BUGS:
        if given.only and given.only not in bug.name:
            continue
        undo = plant(bug)
        trouble = build()
        clean, first = (True, "") if trouble else run(given.seeds)
        undo()
        if trouble:
            print(trouble)
        passed += not clean
        failed += clean
        print(f"{'NOT FOUND' if clean else 'found'}: {bug.name}" + ("" if clean else f" ({first[:160]})"), flush=True)
    if not given.keep:
        shutil.rmtree(WORK)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
