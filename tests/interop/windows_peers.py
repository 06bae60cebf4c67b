"""Windows' own headers by mingw-w64, and Wine in a prefix of its own, without a display."""

import os
import re
import subprocess
import sys
from pathlib import Path

from bench import HERE, Bench, Failure, expect, need

CONFORMANCE = HERE.parent / "conformance"
sys.path.insert(0, str(CONFORMANCE))

from test_facts import Fact, read_facts, run_all  # noqa: E402

DOUBTFUL = HERE.parent.parent / "docs" / "conformance.md"
FORMS = {"A": (), "W": ("-DUNICODE", "-D_UNICODE")}
VARIES = "varies"


def compile_for_windows(bench: Bench, name: str, form: str, sources: list[Path], *libraries: str) -> Path:
    """The sources as they are, against mingw's headers; a warning is an error."""
    compiler = need("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64")
    program = bench.path(f"{name}-{form}.exe")
    status, output = bench.run([compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", *FORMS[form], *sources, "-o",
                                program, *libraries], 120)
    expect(status == 0, f"mingw's compiler refuses:\n{output}")
    return program


def compile_facts(bench: Bench, form: str) -> Path:
    sources = [path for path in sorted((CONFORMANCE / "facts").glob("*.c")) if path.name != "host_opensspi.c"]
    return compile_for_windows(bench, "facts", form, sources, "-lsecur32", "-lcrypt32")


def compile_sample(bench: Bench, name: str, form: str) -> Path:
    return compile_for_windows(bench, name, form, [CONFORMANCE / "samples" / f"{name}.c"], "-lsecur32", "-lws2_32")


class Wine:
    """Neither .NET nor a browser are asked for, and a crash starts no debugger."""

    def __init__(self, bench: Bench):
        folder = Path("/usr/lib/wine")
        self.program = need(str(folder / "wine64"), "wine64")
        self.environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
        self.environment |= {"WINEPREFIX": str(bench.new_folder("wine")), "WINEDEBUG": "-all",
                             "WINEDLLOVERRIDES": "mscoree,mshtml=;winedbg.exe=d"}
        # In the foreground, so that the bench ends it and everything below it.
        bench.start([folder / "wineserver64", "--foreground", "--persistent"], env=self.environment,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Its services live on and would hold a pipe open.
        boot = bench.start([self.program, "wineboot.exe", "--init"], env=self.environment,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            expect(boot.wait(120) == 0, "Wine made no prefix")
        except subprocess.TimeoutExpired:
            raise Failure("Wine made no prefix within 120 s") from None

    def facts(self, program: Path) -> list[Fact]:
        """All facts, run. A function that this Wine has not is as if the machine lacked it."""
        facts = read_facts([self.program, str(program)], "", env=self.environment, stderr=subprocess.DEVNULL)
        run_all(facts, 2, env=self.environment)
        # What Wine asks of ntlm_auth is not always answered, and sometimes a program ends before it began.
        again = [fact for fact in facts if not fact.holds and ("did not end" in fact.detail or not fact.detail)]
        run_all(again, 1, env=self.environment)
        for fact in facts:
            if "unimplemented function" in fact.detail:
                fact.ran = False
        return facts


def read_doubtful() -> dict[str, str]:
    """Name and form of each row of the table in docs/conformance.md."""
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", DOUBTFUL.read_text(), re.MULTILINE)
    if not rows:
        raise Failure(f"{DOUBTFUL} has no table of doubtful facts")
    return dict(rows)


def doubts(facts: list[Fact], doubtful: dict[str, str]) -> list[str]:
    """What differs from the table, a sentence each."""
    said = []
    for fact in facts:
        fails = fact.ran and not fact.holds
        if fails and fact.name not in doubtful:
            said.append(f"{fact.name} fails and is not in the table: {fact.detail}")
        if not fails and fact.name in doubtful and doubtful[fact.name] != VARIES:
            said.append(f"{fact.name} is in the table and {'holds' if fact.holds else 'did not run'}")
    return said
