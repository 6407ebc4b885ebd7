#!/usr/bin/env python3
"""self_test.py: measure.py finds what costs too much, and nothing else.

In the place of proxy-service stand programs whose costs are known: one goes through its lines once, one
goes through all of them for each, one keeps a lot of each, one never ends, one fails.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

READ = "lines = sys.stdin.read().splitlines() or open('after.yaml').read().splitlines()\n"
PROGRAMS = {
    "goes through its lines once": (READ + "sum(len(line.split()) for line in lines for _ in range(20))", 0, ""),
    "goes through all lines for each": (READ + "sum(one == other for one in lines for other in lines)", 1, "grows as n^"),
    "keeps a lot of each line": (READ + "[b'x' * 100_000 for _ in lines]", 1, "MiB of memory for"),
    "fails": ("sys.exit(101)", 1, "exit code 101"),
    "says that it panicked": ("sys.exit('thread main panicked')", 1, "exit code 1: thread main panicked"),
    "never ends": ("\nwhile True: pass", 1, "more than 20 s"),
}


def main():
    measure = Path(__file__).with_name("measure.py")
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name, (body, code, said) in PROGRAMS.items():
            program = Path(folder) / "program"
            program.write_text(f"#!{sys.executable} -IS\nimport sys\n{body}\n")
            os.chmod(program, 0o755)
            command = [sys.executable, measure, program, "--only", "routes_to_nobody", "--command", "validate"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            right = done.returncode == code and said in done.stderr
            failed |= not right
            print(f"growth: a program that {name}: {'as expected' if right else done.stdout + done.stderr}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
