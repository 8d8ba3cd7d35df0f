"""What the kernel says of one process: CPU time, memory; and how one is asked for a port and ended."""

import atexit
import random
import signal
import socket
import subprocess
import time

started = []
given = set()


def start(command, log, **more):
    """Starts a program in the background; it is ended with this one at the latest."""
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, **more)
    started.append(process)
    return process


def stop(process, how=signal.SIGTERM):
    """Ends a program that `start` began, and waits for its end."""
    if process.poll() is None:
        process.send_signal(how)
        process.wait(timeout=120)
    started.remove(process)


@atexit.register
def end_all():
    """Leaves nothing running behind a run that broke off."""
    for process in list(started):
        stop(process, signal.SIGKILL)


def free_port():
    """A port of 127.0.0.1 that nobody listens on, given out once, below those that the system takes for outgoing connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in given:
            given.add(port)
            return port


def cpu_seconds(pid):
    """User and system time of all threads that the process ever had: utime and stime of /proc/PID/stat, but in nanoseconds.

    The number of a process's CPU clock is made from its id, as clock_getcpuclockid(3) does.
    """
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid):
    """Bytes: `resident`, `mapped` (the part of it that files stand behind), `peak` (the most resident since `reset_peak`)."""
    with open(f"/proc/{pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    sizes = {"resident": "VmRSS", "mapped": "RssFile", "peak": "VmHWM"}
    return {name: int(fields[field].split()[0]) * 1024 for name, field in sizes.items()}


def reset_peak(pid):
    """The peak counts from what is resident now."""
    with open(f"/proc/{pid}/clear_refs", "w") as control:
        control.write("5")
