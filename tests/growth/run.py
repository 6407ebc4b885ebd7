"""Runs programs for measure.py and says what each cost. A process of its own: the kernel counts the memory
that a process had before `exec` with that of the program, and this one has little."""

import os
import sys

for line in sys.stdin:
    folder, *command = line.rstrip("\n").split("\t")
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        for number, (name, flags) in enumerate([("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY)]):
            os.dup2(os.open(name, flags | (os.O_CREAT | os.O_TRUNC if number else 0)), number)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(child, 0)
    print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss, sep="\t", flush=True)
