#!/usr/bin/env python3
"""The facts, each for A and for W, each in a process of its own: tests/conformance/test_facts.py FACTS-A FACTS-W

Prints TAP. tests/conformance/facts/waiting.txt names the facts that do not hold yet, each with what it waits for; they
are no results here. A fact that waits and holds is a failure, so that the file stays true.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
WAITING = HERE / "facts" / "waiting.txt"
AT_LEAST, AT_LEAST_OF_STATES = 250, 150
SECONDS = 20


class Fact:
    def __init__(self, program: list[str], form: str, line: str):
        self.name, self.citation, self.kind = line.split("\t")
        self.program, self.form = program, form
        self.holds, self.detail, self.ran = False, "", True

    def run(self, **options) -> "Fact":
        try:
            process = subprocess.run([*self.program, self.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, timeout=SECONDS, **options)
            self.holds, self.ran = process.returncode == 0, process.returncode != 77
            self.detail = process.stdout.decode(errors="replace").strip()
            if process.returncode not in (0, 1, 77):
                self.detail += f"\nended with {process.returncode}"
        except subprocess.TimeoutExpired:
            self.detail = f"did not end within {SECONDS} s"
        return self


def read_facts(program: list[str], form: str, **options) -> list[Fact]:
    lines = subprocess.run([*program, "--list"], stdout=subprocess.PIPE, check=True, **options).stdout.decode()
    return [Fact(program, form, line) for line in lines.split("\n") for line in [line.rstrip("\r")] if line]


def run_all(facts: list[Fact], at_once: int, **options) -> None:
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(lambda fact: fact.run(**options), facts))


def how_many(facts: list[Fact]) -> tuple[int, int]:
    """All, and those about states and failures. Sizes, offsets and constants are one fact together."""
    values = sum(fact.kind == "value" for fact in facts)
    return len(facts) - max(values - 1, 0), sum(fact.kind in ("state", "failure") for fact in facts)


def read_waiting() -> dict[str, str]:
    lines = [line for line in WAITING.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


class Tap:
    def __init__(self):
        self.failed = self.number = 0

    def result(self, good: bool, name: str, detail: str = "") -> None:
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}")
        for line in "" if good else detail.splitlines():
            print("#", line)


def main() -> int:
    facts = read_facts([sys.argv[1]], "A") + read_facts([sys.argv[2]], "W")
    waiting = read_waiting()
    if "without-kerberos" in sys.argv[3:]:  # in a build without MIT krb5 they are about nothing
        facts = [fact for fact in facts if not fact.name.startswith("kerberos_")]
        waiting = {name: reason for name, reason in waiting.items() if not name.startswith("kerberos_")}
    run_all(facts, os.cpu_count() or 2)
    tap = Tap()
    asked = [fact for fact in facts if fact.name not in waiting]
    print(f"1..{len(asked) + 3}")
    for fact in asked:
        tap.result(fact.holds, f"[{fact.form}] {fact.name}", f"{fact.detail}\n{fact.citation}")
    for name in waiting:
        print(f"# waits: {name}: {waiting[name]}")
    held = {fact.name for fact in facts if not fact.holds}
    tap.result(set(waiting) <= held, "what waits does not hold yet",
               "hold, or are no facts: " + ", ".join(sorted(set(waiting) - held)))
    count, of_states = how_many([fact for fact in facts if fact.form == "A"])
    tap.result(count >= AT_LEAST and of_states >= AT_LEAST_OF_STATES,
               "there are enough facts, and enough of states and failures",
               f"{count} of {AT_LEAST}, {of_states} of {AT_LEAST_OF_STATES}")
    tap.result(all(fact.citation for fact in facts), "every fact cites a page or an observation")
    print(f"# {count} facts, {of_states} of states and failures, {len(waiting)} wait")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
