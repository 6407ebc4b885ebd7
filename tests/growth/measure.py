#!/usr/bin/env python3
"""measure.py PROGRAM: whether what one document holds costs time below n^1.3 and memory in proportion.

For each construct of constructs.py and each command the program runs with n entries and with four times
as many. CPU time screens: n grows until a run takes long enough to be told from noise. Where it seems to
grow too fast, valgrind counts the instructions, and their number decides: it is the same on every machine.

  --all          every command and format, not one format for each construct
  --only WORD    constructs with this word in their name
  --command WORD commands with this word in their name
  --seconds S    how long the larger run has to take (default: 0.06); the longer, the more it finds
  --bytes B      how large the input may become (default: 2000000)
  --report FILE  a line for each row, as a table
"""

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import constructs
from constructs import EVERYTHING, INTERCEPTED

EXPONENT = 1.3
# CPU time is never exact: what seems to grow faster than this is counted.
SUSPICIOUS = 1.2
# What grows faster than EXPONENT and slower than this is counted with more entries, which decide.
ALMOST = 1.6
# What comes of a short line can be a finding, an object or a path of the picture.
TIMES_THE_INPUT = 150
# What a run needs for itself.
FLOOR = 40 << 20
# Of one run; valgrind's take some fifty times as long.
SECONDS, MEBIBYTES = 20, 4096
FIRST = 256


class Failure(Exception):
    """A run that did not end as a run may end."""


class Runner:
    """The process that starts the others."""

    def __init__(self):
        here = Path(__file__).parent / "run.py"
        self.process = subprocess.Popen([sys.executable, "-IS", here], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, folder, command):
        self.process.stdin.write("\t".join([str(folder), *command]) + "\n")
        self.process.stdin.flush()
        code, seconds, memory = self.process.stdout.readline().split("\t")
        return int(code), float(seconds), int(memory)


class Run:
    """What one run cost."""

    def __init__(self, seconds, memory, size):
        self.seconds, self.memory, self.size = seconds, memory, size


class Row:
    """A construct and a command."""

    def __init__(self, construct, command, options):
        self.construct, self.command, self.options = construct, command, options
        self.name = construct.__name__
        self.number, self.seconds, self.exponent, self.memory = 0, 0.0, 0.0, 0.0
        self.counted, self.problem = False, ""

    def measure(self):
        try:
            with tempfile.TemporaryDirectory() as folder:
                self.grow(Path(folder))
        except Failure as failure:
            self.problem = str(failure)

    def grow(self, folder):
        """From few entries to many, as long as that is quick."""
        base = self.run(folder, 1)
        runs = {FIRST: self.run(folder, FIRST)}
        number = FIRST
        while True:
            number *= 4
            self.number = number
            runs[number] = self.run(folder, number)
            enough = runs[number].seconds - base.seconds >= self.options.seconds
            if enough or runs[number].size >= self.options.bytes or runs[number].size <= runs[number // 4].size:
                break
        few, many = runs[number // 4], runs[number]
        self.seconds = many.seconds
        # Of the quick one the better of three: it decides.
        quick = min([few.seconds, *(self.run(folder, number // 4).seconds for _ in range(2))])
        self.exponent = exponent(quick - base.seconds, many.seconds - base.seconds, 0.0005)
        self.memory = (many.memory - few.memory) / max(many.size - few.size, 1)
        if many.memory > FLOOR + getattr(self.construct, "times_the_input", TIMES_THE_INPUT) * many.size:
            self.problem = f"{many.memory >> 20} MiB of memory for {many.size} bytes of input"
        if self.exponent > SUSPICIOUS:
            self.count(folder, number, many.seconds)

    def count(self, folder, number, seconds):
        """By instructions; where that would take minutes, of fewer entries first."""
        numbers = [number // 4, number] if seconds > 0.4 else [number]
        while numbers:
            number = numbers.pop(0)
            base, few, many = (self.instructions(folder, n) for n in (1, number // 4, number))
            self.exponent, self.counted, self.number = exponent(few - base, many - base, 10_000), True, number
            if self.exponent > getattr(self.construct, "exponent", EXPONENT):
                # What grows until it is cut (names, findings) may grow faster up to there.
                if not numbers and seconds < 0.4 and self.exponent < ALMOST:
                    numbers, seconds = [4 * number], math.inf
                    continue
                self.problem = "; ".join(filter(None, [self.problem, f"grows as n^{self.exponent:.2f}"]))
                return

    def prepared(self, folder, number):
        """The arguments, the input's size and the text for stdin."""
        documents = self.construct(number)
        after = stream(documents).replace("§", "x")
        name, *rest = self.command.split()
        if name == "function":
            whole = "ResourceList" in documents[0]
            return [], len(after), (after if whole else resource_list(documents)).replace("§", "x")
        if name == "render":
            return ["render", "-"], len(after), after
        files = {"after.yaml": after}
        if name == "validate":
            arguments = ["validate", "--format", rest[0], "after.yaml"]
        elif name == "init":
            arguments = ["init", ".", "--dry-run"]
            files = {"after.yaml": "---\n".join(part for part in documents if "msvcbench.io" not in part).replace("§", "x")}
        elif name == "flux":
            shutil.rmtree(folder / "out", ignore_errors=True)
            arguments = ["flux", "after.yaml", "--name", "app", "-o", "out"]
        elif name == "diff":
            other = stream(documents).replace("§", "y") if rest[1] == "changed" else stream(INTERCEPTED)
            sides = ["after.yaml", "before.yaml"] if rest[1] == "gone" else ["before.yaml", "after.yaml"]
            files["before.yaml"] = other
            arguments = ["diff", *sides, "--format", rest[0], *(["--graph"] if rest[0] == "markdown" else [])]
        else:
            arguments = ["graph", "after.yaml", "--all", "--format", rest[0]]
            if len(rest) > 1:
                files["before.yaml"] = stream([part for part in documents if "kind: ProxyService\n" not in part])
                arguments += ["--before", "before.yaml"]
        for path, text in files.items():
            (folder / path).write_text(text)
        return arguments, sum(map(len, files.values())), ""

    def run(self, folder, number):
        arguments, size, text = self.prepared(folder, number)
        (folder / "stdin").write_text(text)
        limited = f'ulimit -t {SECONDS}; ulimit -v {MEBIBYTES << 10}; ulimit -c 0; exec "$0" "$@"'
        code, seconds, memory = self.options.runner().run(folder, ["sh", "-c", limited, self.options.program, *arguments])
        said = (folder / "stderr").read_text(errors="replace")
        if code not in (0, 1, 2) or "panicked" in said:
            why = f"more than {SECONDS} s" if code == -9 else f"exit code {code}: {said[:300]}"
            raise Failure(f"n = {number}, {size} bytes: {why}")
        return Run(seconds, memory << 10, size)

    def instructions(self, folder, number):
        arguments, _, text = self.prepared(folder, number)
        (folder / "stdin").write_text(text)
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        with open(folder / "stdin") as stdin:
            done = subprocess.run(
                [*valgrind, f"--log-file={folder}/counted", self.options.program, *arguments],
                stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, check=False,
            )
        counted = [line.split() for line in (folder / "counted").read_text().splitlines() if "I   refs" in line]
        if done.returncode not in (0, 1, 2) or not counted:
            raise Failure(f"n = {number}: valgrind ended with {done.returncode}: {(folder / 'counted').read_text()[-400:]}")
        return int(counted[0][-1].replace(",", ""))


def exponent(few, many, least):
    """By how much the cost of four times as many entries is more; `least` is what noise may be."""
    return math.log(max(many, least) / max(few, least), 4)


def stream(documents):
    return "---\n".join(document if document.endswith("\n") else document + "\n" for document in documents)


def resource_list(documents):
    items = "".join("- " + document.rstrip("\n").replace("\n", "\n  ") + "\n" for document in documents)
    return "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + items


def rows(options):
    for position, (construct, commands) in enumerate(constructs.CONSTRUCTS):
        if options.only not in construct.__name__:
            continue
        own_separators = any("---" in document for document in construct(2))
        for formats in EVERYTHING if options.all else [constructs.FUNCTION, *commands]:
            if own_separators and formats is constructs.FUNCTION:
                continue
            for command in formats if options.all else [formats[position % len(formats)]]:
                if options.command in command:
                    yield Row(construct, command, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--command", default="")
    parser.add_argument("--seconds", type=float, default=0.06)
    parser.add_argument("--bytes", type=int, default=2_000_000)
    parser.add_argument("--report")
    options = parser.parse_args()
    measured, lock, own = list(rows(options)), threading.Lock(), threading.local()

    def runner():
        if not hasattr(own, "runner"):
            own.runner = Runner()
        return own.runner

    options.runner = runner

    def measure(row):
        row.measure()
        if row.problem:
            with lock:
                print(f"growth: {row.name}, {row.command}: {row.problem}", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(measure, measured))
    if options.report:
        lines = ["construct\tcommand\tn\tseconds\texponent\tcounted\tmemory\tproblem"]
        lines += [
            f"{row.name}\t{row.command}\t{row.number}\t{row.seconds:.3f}\t{row.exponent:.2f}\t{row.counted}\t{row.memory:.1f}\t{row.problem}"
            for row in measured
        ]
        Path(options.report).write_text("\n".join(lines) + "\n")
    failed = [row for row in measured if row.problem]
    counted = sum(row.counted for row in measured)
    print(f"growth: {len(measured)} rows, {counted} of them counted by valgrind, {len(failed)} failed")
    sys.exit(1 if failed or not measured else 0)


if __name__ == "__main__":
    main()
