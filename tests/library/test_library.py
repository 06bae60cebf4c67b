#!/usr/bin/env python3
"""What the shared library shows to others, and what is installed: tests/library/test_library.py BUILD

Speaks TAP, one test for each function below that is a case.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HEADERS = ("credssp.h", "issperr.h", "ntsecapi.h", "opensspi.h", "schannel.h", "security.h", "sspi.h")
CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(condition: bool, sentence: object) -> None:
    if not condition:
        raise AssertionError(sentence)


def run(*command: object, **settings: object) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, **settings)
    expect(done.returncode == 0, f"{command}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def library(build: Path) -> Path:
    return build / "src" / "libopensspi.so.0"


def exported(build: Path) -> set[str]:
    lines = run("nm", "-D", "--defined-only", library(build)).splitlines()
    return {line.split()[2].split("@")[0] for line in lines if line.split()[1] != "A"}


def declared() -> set[str]:
    """The functions of the public headers."""
    text = "".join((ROOT / "include" / "opensspi" / name).read_text() for name in HEADERS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    text = re.sub(r"\{[^{}]*\}", "", text)  # the function table's members are no functions
    names = set(re.findall(r"\b(Opensspi\w+)\(", text)) | set(re.findall(r"SEC_ENTRY (\w+)\(", text))
    return names - {"OpensspiFree"}


@case
def the_headers_functions_are_exported_and_nothing_else(build: Path) -> None:
    missing, surplus = declared() - exported(build), exported(build) - declared()
    expect(not missing, f"declared and not exported: {sorted(missing)}")
    expect(not surplus, f"exported and not declared: {sorted(surplus)}")
    expect(len(exported(build)) > 25, exported(build))


@case
def the_binary_interface_is_the_one_in_the_tree(build: Path) -> None:
    listed = (ROOT / "tests" / "library" / "abi.txt").read_text().splitlines()
    real = run(sys.executable, ROOT / "tools" / "abi", build).splitlines()
    changes = [line for line in difflib.unified_diff(listed, real, "tests/library/abi.txt", "as it is", n=0, lineterm="")]
    expect(not changes, "\n".join([*changes, "tools/abi says how to accept this"]))


@case
def the_library_is_named_and_marked(build: Path) -> None:
    dynamic = run("readelf", "-dW", library(build))
    expect("[libopensspi.so.0]" in dynamic, dynamic)
    expect("NODELETE" in dynamic and "NOW" in dynamic, dynamic)
    expect("TEXTREL" not in dynamic and "RPATH" not in dynamic, dynamic)


@case
def the_stack_is_not_executable(build: Path) -> None:
    stack = [line for line in run("readelf", "-lW", library(build)).splitlines() if "GNU_STACK" in line]
    expect(len(stack) == 1 and " RW " in stack[0], stack)


@case
def names_of_other_libraries_are_never_called(build: Path) -> None:
    run(build / "tests" / "library_interposer")


@case
def it_loads_as_a_module_and_its_table_outlives_the_unloading(build: Path) -> None:
    run(build / "tests" / "library_loader", library(build))


@case
def every_header_stands_alone(_build: Path) -> None:
    for name in HEADERS:
        run("cc", "-fsyntax-only", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-x", "c",
            ROOT / "include" / "opensspi" / name)


PROGRAM = """
#define _GNU_SOURCE
#include <security.h>
#include <credssp.h>
#include <schannel.h>
#include <ntsecapi.h>
#include <opensspi.h>
#include <dlfcn.h>
#include <string.h>
int main(void)
{
	PSecPkgInfo packages, package;
	uint32_t count;
	SECURITY_PCSTR name = SEC_TEXT("CREDSSP");
	QUERY_SECURITY_PACKAGE_INFO_FN query = QuerySecurityPackageInfo;
	INIT_SECURITY_INTERFACE init;
	void *symbol = dlsym(RTLD_DEFAULT, SECURITY_ENTRYPOINT_ANSI);
	if (!symbol || query((SECURITY_PSTR)name, &package) != SEC_E_OK)
		return 2;
	memcpy(&init, &symbol, sizeof(init));
	if (init()->QuerySecurityPackageInfo != query || FreeContextBuffer(package) != SEC_E_OK)
		return 3;
	return EnumerateSecurityPackages(&count, &packages) == SEC_E_OK && count ? FreeContextBuffer(packages) : 1;
}
"""


@case
def an_installed_library_is_found_by_pkg_config(build: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run("meson", "install", "-C", build, "--no-rebuild", "--destdir", folder)
        found = [path for path in Path(folder).rglob("opensspi.pc")]
        expect(len(found) == 1, found)
        environment = os.environ | {"PKG_CONFIG_PATH": str(found[0].parent), "PKG_CONFIG_SYSROOT_DIR": folder}
        flags = run("pkg-config", "--cflags", "--libs", "opensspi", env=environment).split()
        (Path(folder) / "program.c").write_text(PROGRAM)
        for unicode in ([], ["-DUNICODE"]):
            run("cc", "-Wall", "-Wextra", "-Werror", *unicode, "program.c", "-o", "program", *flags, cwd=folder)
            run("./program", cwd=folder,
                env=os.environ | {"LD_LIBRARY_PATH": str(found[0].parent.parent)})


# ----------------------------------------------------------------------------------------------------------------


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    failed = 0
    print(f"1..{len(CASES)}", flush=True)
    for number, function in enumerate(CASES, 1):
        detail = ""
        try:
            function(build)
        except Exception:
            detail = traceback.format_exc()
            failed += 1
        print(f"{'not ok' if detail else 'ok'} {number} - {function.__name__}", flush=True)
        for line in detail.splitlines():
            print("#", line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
