"""What the tests of the programs share: cases by name, TAP, and the command as people call it."""

import os
import pty
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))
sys.dont_write_bytecode = True

from bench import Bench, expect  # noqa: E402


def opensspi(bench: Bench, *words, text: str = "", seconds: float = 40) -> tuple[int, str]:
    """Exit status and all output of the command, to which `text` is standard input."""
    return bench.run([bench.build / "programs" / "opensspi" / "opensspi", *words], seconds, text)


def expect_status(result: tuple[int, str], wanted: int, *sentences: str) -> str:
    status, output = result
    expect(status == wanted, f"exit status {status}, not {wanted}: {output}")
    for sentence in sentences:
        expect(sentence in output, f"`{sentence}` is not in: {output}")
    return output


def at_a_terminal(bench: Bench, words: list, answers: list[str]) -> tuple[int, str]:
    """Exit status and what a person sees; each answer is given when a question is there."""
    master, slave = pty.openpty()
    program = bench.build / "programs" / "opensspi" / "opensspi"
    process = subprocess.Popen([program, *words], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    seen = b""
    for answer in answers:
        while not seen.endswith(b": "):
            seen += os.read(master, 1024)
        os.write(master, answer.encode())
        seen += b"|"
    while True:
        try:
            part = os.read(master, 1024)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            break
        seen += part
    os.close(master)
    return process.wait(10), seen.decode()


def run_cases(cases: list[Callable[[Bench], None]]) -> int:
    """Prints TAP; the exit status says whether all passed. The build folder is the first word of the command line."""
    bench = Bench(Path(sys.argv[1]).resolve())
    failed = 0
    print(f"1..{len(cases)}", flush=True)
    try:
        for number, function in enumerate(cases, 1):
            detail = ""
            try:
                function(bench)
            except Exception:
                detail = traceback.format_exc()
                failed += 1
            print(f"{'not ok' if detail else 'ok'} {number} - {function.__name__}", flush=True)
            for line in detail.splitlines():
                print("#", line, flush=True)
    finally:
        bench.close(keep=False)
    return 1 if failed else 0
