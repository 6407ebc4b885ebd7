#!/usr/bin/env python3
"""measure.py WORK PROGRAM: times the program and its peers; prints the tables of docs/performance.md.

Times are of whole processes, from hyperfine, in rounds: each command in turn, then all of them again.
A ratio is that of the medians of all runs; its spread are the smallest and largest ratio of one
round. Peak memory is the maximum resident set size, from GNU time.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

WORK, PROGRAM = Path(sys.argv[1]), Path(sys.argv[2])
INPUTS = WORK / "inputs"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CAT = "/bin/cat"
VALUE, KYAML, SAME = (str(WORK / name) for name in ["value-round-trip", "kyaml-function", "same-objects"])


class Command:
    """A command line (no shell) with what it reads on stdin."""

    def __init__(self, line, stdin="/dev/null"):
        self.line, self.stdin = str(line), str(stdin)


def bench(commands, runs, rounds=ROUNDS, warmup=1):
    """For each command the seconds of its runs, by round."""
    times = [[] for _ in commands]
    report = WORK / "hyperfine.json"
    for number in range(rounds):
        for position, command in enumerate(commands):
            subprocess.run(
                ["hyperfine", "--shell=none", "--style=none", "--output=pipe", f"--input={command.stdin}",
                 f"--warmup={warmup if number == 0 else 0}", f"--runs={max(2, runs)}", f"--export-json={report}", command.line],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            times[position].append(json.loads(report.read_text())["results"][0]["times"])
    return times


def median(rounds):
    return statistics.median(sum(rounds, []))


def ratio(above, below):
    """Median ratio and its spread; `above` and `below` are lists of commands' times to add up."""
    total = lambda sides: sum(median(rounds) for rounds in sides)
    each = [
        sum(statistics.median(rounds[number]) for rounds in above) / sum(statistics.median(rounds[number]) for rounds in below)
        for number in range(len(above[0]))
    ]
    return total(above) / total(below), min(each), max(each)


def peak(command):
    """Peak memory in bytes, the smallest of three: it grows with what else the machine does, never shrinks."""
    def once():
        with open(command.stdin, "rb") as stdin:
            done = subprocess.run(
                ["/usr/bin/time", "-f", "%M", *command.line.split()],
                stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True,
            )  # fmt: skip
        return int(done.stderr.split()[-1]) * 1024
    return min(once() for _ in range(3))


def size(path):
    return Path(path).stat().st_size


def text(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def mega(size):
    return f"{size / 1e6:.1f} MB"


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def goal(what, wanted, measured, met, spread=""):
    row(what, wanted, f"**{measured}**" + (f" ({spread})" if spread else ""), "yes" if met else "no")


def spread(low, high):
    return f"{low:.2f} to {high:.2f}"


def same(one, other):
    """The peer does the same job: the same objects."""
    done = subprocess.run([SAME, str(one), str(other)], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def output(command, path):
    with open(command.stdin, "rb") as stdin, open(path, "wb") as out:
        subprocess.run(command.line.split(), stdin=stdin, stdout=out, stderr=subprocess.DEVNULL, check=True)
    return path


def goals():
    list_of = lambda case: INPUTS / case / "list.yaml"
    ours = lambda case: Command(PROGRAM, list_of(case))
    row("case", "goal", "measured", "met")
    row("---", "---", "---", "---")

    few = bench([ours("few"), Command(CAT, list_of("few"))], 60)
    value, low, high = ratio([few[0]], [few[1]])
    goal(f"100 items, 1 ProxyService ({text(median(few[0]))}) against `cat` ({text(median(few[1]))})", "≤ 2 ×", f"{value:.2f} ×", value <= 2, spread(low, high))

    large = bench([ours("large"), Command(VALUE, list_of("large"))], 5)
    value, low, high = ratio([large[1]], [large[0]])
    goal(
        f"30,000 items, {mega(size(list_of('large')))}, 10 ProxyServices ({text(median(large[0]))}) against the round trip through serde_yaml::Value ({text(median(large[1]))})",
        "≥ 10 × faster", f"{value:.1f} ×", value >= 10, spread(low, high),
    )  # fmt: skip
    used = peak(ours("large"))
    value = used / size(list_of("large"))
    goal(f"the same, peak memory ({mega(used)})", "≤ 3 × the input", f"{value:.2f} ×", value <= 3)

    made = output(ours("every-1000"), WORK / "every-1000.out.yaml")
    theirs = output(Command(KYAML, list_of("every-1000")), WORK / "every-1000.kyaml.yaml")
    proof = same(made, theirs)
    thousand = bench([ours("every-1000"), Command(KYAML, list_of("every-1000")), Command(VALUE, list_of("every-1000")), Command(VALUE, made)], 3)
    value, low, high = ratio([thousand[1]], [thousand[0]])
    goal(
        f"1,000 Services, each with a ProxyService, {mega(size(list_of('every-1000')))} in, {mega(size(made))} out ({text(median(thousand[0]))}), against the Go function on kyaml ({text(median(thousand[1]))}; {proof})",
        "≥ 20 × faster", f"{value:.1f} ×", value >= 20, spread(low, high),
    )  # fmt: skip
    value, low, high = ratio([thousand[2], thousand[3]], [thousand[0]])
    goal(f"the same against the round trip of input and output ({text(median(thousand[2]) + median(thousand[3]))})", "≥ 3 × faster", f"{value:.1f} ×", value >= 3, spread(low, high))

    grown = bench([ours("every-1000"), ours("every-10000")], 2, min(ROUNDS, 3))
    value, low, high = ratio([grown[1]], [grown[0]])
    goal(f"1,000 → 10,000 ProxyServices, time ({text(median(grown[1]))})", "≤ 11 ×", f"{value:.1f} ×", value <= 11, spread(low, high))
    before, after = peak(ours("every-1000")), peak(ours("every-10000"))
    goal(f"the same, peak memory ({mega(before)}, {mega(after)})", "≤ 10 ×", f"{after / before:.1f} ×", after / before <= 10)

    kustomize_goal()

    stored = size(PROGRAM)
    pulled = int(subprocess.run(f"gzip -9c '{PROGRAM}' | wc -c", shell=True, check=True, stdout=subprocess.PIPE).stdout)
    goal("binary, which is all of the image", "≤ 6 MB", f"{stored / 1e6:.2f} MB", stored <= 6_000_000)
    goal("the same, compressed (gzip -9)", "≤ 2.5 MB", f"{pulled / 1e6:.2f} MB", pulled <= 2_500_000)


FUNCTION = """apiVersion: msvcbench.io/v1alpha1
kind: ProxyServiceConfig
metadata:
  name: proxy-service
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./function}
"""


def kustomization(name, case, program, lines=()):
    """A folder in which kustomize runs a program as function on the manifests of a case."""
    folder = WORK / "kustomize" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.yaml").write_text((INPUTS / case / "base/app.yaml").read_text())
    (folder / "function.yaml").write_text(FUNCTION)
    transformers = "transformers: [function.yaml]\n" if program else ""
    (folder / "kustomization.yaml").write_text(f"resources: [app.yaml]\n{transformers}")
    function = folder / "function"
    function.unlink(missing_ok=True)
    if lines:
        function.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
        function.chmod(0o755)
    elif program:
        function.symlink_to(program)
    return folder


def build(folder):
    return Command(f"kustomize build --enable-alpha-plugins --enable-exec --load-restrictor=LoadRestrictionsNone {folder}")


def answering(case):
    """A kustomization whose function is `cat` of what the program answers in the same place."""
    seen, answer = WORK / f"{case}.seen.yaml", WORK / f"{case}.answer.yaml"
    recorder = kustomization(f"{case}-record", case, True, [f"tee {seen} | {PROGRAM}"])
    output(build(recorder), WORK / "kustomize.out.yaml")
    output(Command(PROGRAM, seen), answer)
    return kustomization(f"{case}-answer", case, True, ["cat >/dev/null", f"exec cat {answer}"])


def kustomize_goal():
    case = "kustomize"
    ours, echo, answer = kustomization("ours", case, PROGRAM), kustomization("echo", case, CAT), answering(case)
    times = bench([build(ours), build(echo), build(answer)], 4)
    value, low, high = ratio([times[0]], [times[2]])
    share = lambda value: f"{(1 - 1 / value) * 100:.1f} %"
    goal(
        f"`kustomize build`, 100 Services, 10 ProxyServices ({text(median(times[0]))}), against `cat` of the same answer as function ({text(median(times[2]))}; `cat` of its input, so without the 90 new objects: {text(median(times[1]))})",
        "own share ≤ 5 %", share(value), 1 - 1 / value <= 0.05, f"{share(low)} to {share(high)}",
    )  # fmt: skip


def scale():
    row("what", "time", "peak memory")
    row("---", "---", "---")
    for case, what in [("large", "30,000 items through `render -`"), ("large-twice", "60,000"), ("stream-100000", "100,000")]:
        stream = INPUTS / case / "stream.yaml"
        command = Command(f"{PROGRAM} render -", stream)
        row(f"{what}, {mega(size(stream))}", text(median(bench([command], 2, 2)[0])), mega(peak(command)))
    for case in ["large-twice", "stream-100000"]:
        listed = Command(PROGRAM, INPUTS / case / "list.yaml")
        row(f"{case.split('-')[-1].replace('twice', '60,000').replace('100000', '100,000')} items as function, {mega(size(listed.stdin))}", text(median(bench([listed], 2, 2)[0])), mega(peak(listed)))


def hosts():
    row("ProxyServices, each with its Service", "`kustomize build` with the function", "of that the function", "`kustomize build \\| proxy-service render -`", "`render -k`")
    row("---", "---", "---", "---", "---")
    for case in ["every-50", "every-100", "every-200", "every-400", "every-800"]:
        count = int(case.split("-")[1])
        plain = kustomization(f"{case}-plain", case, None)
        pipe = WORK / "pipe.sh"
        pipe.write_text(f"#!/bin/sh\nkustomize build {plain} | {PROGRAM} render -\n")
        pipe.chmod(0o755)
        times = bench([Command(pipe), Command(f"{PROGRAM} render -k {plain}")], 2, 1)
        own = bench([Command(PROGRAM, INPUTS / case / "list.yaml")], 2, 1)
        whole = "minutes, not measured"
        if count <= 200:
            whole = text(median(bench([build(kustomization(f"{case}-ours", case, PROGRAM))], 2, 1, warmup=0)[0]))
        row(count, whole, text(median(own[0])), text(median(times[0])), text(median(times[1])))


def main():
    print("### Goals\n")
    goals()
    print("\n### Scale\n")
    scale()
    print("\n### Inside kustomize\n")
    hosts()


if __name__ == "__main__":
    main()
