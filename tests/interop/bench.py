"""What every case stands on: temporary folders, child processes that end, the server under test, and its answers."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
USER, DOMAIN, PASSWORD = "alice", "CORP", "Passw0rd!"
NT_HASH = "fc525c9683e8fe067095ba2ddc971889"  # of PASSWORD
LOGON_FAILURE = 0xC000006D


class Failure(Exception):
    """A case failed; the text says what was expected and what came."""


def expect(good: bool, sentence: str) -> None:
    if not good:
        raise Failure(sentence)


def expect_fields(record: dict, **wanted) -> None:
    wrong = [f"{name} is {record.get(name)!r}, not {value!r}"
             for name, value in wanted.items() if record.get(name) != value]
    expect(not wrong, "; ".join(wrong) + f" in {json.dumps(record)}")


def need(program: str, package: str) -> str:
    """Where a peer's program is; a missing one fails the case."""
    path = shutil.which(program)
    if path is None and Path(program).exists():
        path = program
    if path is None:
        raise Failure(f"{program} is not installed: run `tools/deps interop`, or install the package {package}")
    return path


def free_port() -> int:
    """For peers that cannot choose one and tell us."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port: int, process: int | str = "self") -> bool:
    """
    Asks the kernel, because a connection might be the only one that a server takes. `process` is one in the network
    namespace that is meant.
    """
    for table in (f"/proc/{process}/net/tcp", f"/proc/{process}/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                return True
    return False


def wait_until(condition, seconds: float, sentence: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < deadline, sentence)
        time.sleep(0.05)


def other_clock(shift: str) -> dict[str, str]:
    """
    What gives a program another time. Not by `faketime` itself: it leaves a semaphore of each process that is killed,
    and where another one gets that number does not start.
    """
    found = list(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    expect(found, "libfaketimeMT.so.1 is missing: package faketime")
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@contextmanager
def environment(values: dict[str, str]):
    """What is started meanwhile has these variables, and so has this process."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name)
            if name in before:
                os.environ[name] = before[name]


class Bench:
    """One run: its folder, its background processes, and the peers that several cases share."""

    def __init__(self, build: Path):
        self.build = build
        self.folder = Path(tempfile.mkdtemp(prefix="opensspi-interop-"))
        self.processes: list[subprocess.Popen] = []
        self.shared: dict[str, object] = {}
        self.sharing = 0
        self.of_case: list[subprocess.Popen] = []  # that a case talks to
        self.made = 0
        self.inside: list[str] = []

    def path(self, name: str) -> Path:
        """A new name in the run's folder."""
        self.made += 1
        return self.folder / f"{self.made:03d}-{name}"

    def new_folder(self, name: str) -> Path:
        folder = self.path(name)
        folder.mkdir(mode=0o700)
        return folder

    def start(self, command: list, **options) -> subprocess.Popen:
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen([str(word) for word in (*self.inside, *command)], start_new_session=True, **options)
        self.processes.append(process)
        if process.stdin and not self.sharing:
            self.of_case.append(process)
        return process

    @contextmanager
    def running_inside(self, words: list[str]):
        """What is started meanwhile has these words in front: an nsenter to where it shall run."""
        before, self.inside = self.inside, words
        try:
            yield
        finally:
            self.inside = before

    def stop(self, process: subprocess.Popen) -> None:
        """Ends the process and whatever it started."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
            except ProcessLookupError:
                break
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                continue
        process.wait(3)

    def run(self, command: list, seconds: float, text: str = "", **options) -> tuple[int, str]:
        """Exit status and all output of a peer; one that takes too long fails the case."""
        process = self.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, errors="replace", **options)
        try:
            output, _ = process.communicate(text, timeout=seconds)
        except subprocess.TimeoutExpired:
            self.stop(process)
            output, _ = process.communicate()
            raise Failure(f"{command[0]} did not end within {seconds} s; it said:\n{output[-3000:]}") from None
        return process.returncode, output

    def once(self, name: str, make):
        """The shared peer `name`, made by the first case that asks for it."""
        if name not in self.shared:
            self.sharing += 1
            try:
                self.shared[name] = make(self)
            finally:
                self.sharing -= 1
        return self.shared[name]

    def end_case(self) -> None:
        """Whom the case talked to leaves: hundreds of cases would have more files open than select() can count."""
        for process in self.of_case:
            if process.poll() is None:
                self.stop(process)
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError, ValueError):  # whatever was not read is lost
                    if pipe:
                        pipe.close()
        self.of_case.clear()

    def close(self, keep: bool) -> None:
        for process in reversed(self.processes):
            self.stop(process)
        if keep:
            print(f"# logs are in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


class Acceptor:
    """`opensspi accept` with an account file of its own: alice of CORP, bob of any domain, both with PASSWORD."""

    def __init__(self, bench: Bench, *options: str, accounts: Path | None = None):
        program = bench.build / "programs" / "opensspi" / "opensspi"
        expect(program.exists(), f"{program} is not built: run `make all`")
        if accounts is None:
            accounts = bench.path("accounts")
            accounts.touch(mode=0o600)
            accounts.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\nbob::{NT_HASH}\n")
        self.bench = bench
        self.trace = bench.path("accept.trace")
        self.lines: queue.Queue[str] = queue.Queue()
        self.errors = bench.path("accept.stderr")
        self.process = bench.start(
            [program, "accept", "--listen", "127.0.0.1:0", "--accounts", accounts, "--json", *options],
            stdout=subprocess.PIPE, stderr=self.errors.open("w"), text=True,
            env=os.environ | {"OPENSSPI_TRACE": str(self.trace)})
        threading.Thread(target=self._read, daemon=True).start()
        self.address = str(self.next_line(10).get("listening"))
        self.port = int(self.address.rpartition(":")[2])

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def next_line(self, seconds: float) -> dict:
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            raise Failure(f"`opensspi accept` wrote no line within {seconds} s") from None
        if line == "":
            raise Failure(f"`opensspi accept` ended with status {self.process.wait(5)} without a line")
        try:
            return json.loads(line)
        except ValueError:
            raise Failure(f"`opensspi accept` wrote a line that is no JSON: {line!r}") from None

    def verdict(self, seconds: float = 15) -> dict:
        """The line about the next connection that has ended."""
        return self.next_line(seconds)

    def evidence(self) -> str:
        """What helps to understand a failure."""
        parts = []
        for file in (self.errors, self.trace):
            if file.exists() and file.stat().st_size:
                parts.append(file.read_text(errors="replace")[-4000:])
        return "\n".join(parts)

    def stop(self) -> None:
        self.bench.stop(self.process)
