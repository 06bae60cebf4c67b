#!/usr/bin/env python3
"""docs/api.md against what the functions say today: tests/conformance/test_api_table.py BUILD [--accept]

Speaks TAP, one test a row (a function of a package, in all states), by the A functions and by the W functions. With
--accept the page is written anew.
"""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"


def page(build: Path, *words: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([build / "tests" / "conformance_api_table", *words], cwd=folder, capture_output=True,
                              text=True, timeout=100, check=True).stdout


def rows(text: str) -> dict[str, str]:
    """Each row of each table by its package and its first cell."""
    found, package = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            package = line[3:]
        elif line.startswith("| ") and package:
            found[f"{package}: {line.split(' |')[0][2:] or 'states'}"] = line
    return found


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    if "--accept" in sys.argv:
        PAGE.write_text(page(build))
        return 0
    told = rows(PAGE.read_text())
    cases = []
    with ThreadPoolExecutor() as pool:
        forms = {"A": pool.submit(page, build), "W": pool.submit(page, build, "-W")}
    for form, made in forms.items():
        real = rows(made.result())
        cases += [(f"{name} ({form})", told.get(name), real.get(name)) for name in sorted(told.keys() | real.keys())]
    print(f"1..{len(cases)}")
    failed = 0
    for number, (name, told_row, real_row) in enumerate(cases, 1):
        failed += told_row != real_row
        print(f"{'ok' if told_row == real_row else 'not ok'} {number} - {name}")
        if told_row != real_row:
            print(f"# docs/api.md: {told_row}\n# it says:     {real_row}\n# make api accepts it")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
