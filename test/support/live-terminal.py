"""Runs a command in a terminal of its own, driven from outside: live-terminal.py COLUMNS ROWS COMMAND...

What comes on standard input is typed, what shows goes to standard output. Descriptor 3 gets the number of the process,
and its exit code at the end.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.close(3)
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(command[0], command)
os.write(3, f"{pid}\n".encode())
inputs = [terminal, 0]
while True:
    ready = select.select(inputs, [], [])[0]
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(terminal, typed)
        else:
            inputs.remove(0)
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
os.write(3, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
