"""The facts of tests/conformance against Windows' own headers, and what Wine says to them."""

from functools import partial

from bench import Bench, expect
from cases import CASES, Case
from windows_peers import FORMS, Wine, compile_facts, compile_sample, doubts, read_doubtful

AT_LEAST = 200  # of more than 500: Wine has no CREDSSP, no server of TLS, and nobody made an account there


def facts_compile(bench: Bench, form: str) -> None:
    bench.once(f"facts-{form}", partial(compile_facts, form=form))


def facts_under_wine(bench: Bench, form: str) -> None:
    program = bench.once(f"facts-{form}", partial(compile_facts, form=form))
    facts = bench.once("wine", Wine).facts(program)
    said = doubts(facts, read_doubtful())
    expect(not said, "\n".join(said))
    held = sum(fact.holds for fact in facts)
    expect(held >= AT_LEAST, f"only {held} of {len(facts)} facts hold")


def sample_compiles(bench: Bench, name: str, form: str) -> None:
    compile_sample(bench, name, form)


for _form in FORMS:
    for _name in ("client", "server"):
        CASES.append(Case(f"the sample {_name} compiles against Windows' own headers, {_form}",
                          partial(sample_compiles, name=_name, form=_form)))
for _form in FORMS:
    CASES.append(Case(f"the facts compile against Windows' own headers, {_form}", partial(facts_compile, form=_form)))
for _form in FORMS:
    CASES.append(Case(f"the facts hold under Wine, but for those that docs/conformance.md calls doubtful, {_form}",
                      partial(facts_under_wine, form=_form)))
