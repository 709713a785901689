"""The attacker: code of the tree that tries everything it must not be able to do, and prints GOT for what works.

attack.py PLACE PID SOCKET: where the runner's folders lie, which process is airlock, and the socket of Docker.
"""
import os
import signal
import socket
import sys
import time

place, parent, docker, key = sys.argv[1], int(sys.argv[2]), sys.argv[3], "0d9f" + "-planted-key"


def attempt(what, act):
    try:
        found = act()
    except Exception as error:  # whatever the reason, it did not work
        if what != "environ":
            print("refused", what, type(error).__name__, sep="\t")
        return
    if found is not None:
        print("GOT", what, found)


def holds_key(data):
    return "the key" if key.encode() in data else None


def read(path):
    with open(path, "rb") as file:
        return file.read()


def memory_of(pid):
    spans = [line.split()[0] for line in open(f"/proc/{pid}/maps") if " rw" in line]
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for span in spans:
            start, end = (int(number, 16) for number in span.split("-"))
            memory.seek(start)
            try:
                if key.encode() in memory.read(end - start):
                    return "the key"
            except OSError:
                pass
    return "its memory"


def connect(path):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
    return "a connection"


def append(path, text):
    with open(path, "a") as file:
        file.write(text)
    return "written"


def replace(path):
    with open(path + ".new", "w") as file:
        file.write("stolen")
    os.rename(path + ".new", path)
    return "replaced"


pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in (os.getpid(), os.getppid())]
for pid in [parent] + pids:
    attempt("environ", lambda: holds_key(read(f"/proc/{pid}/environ")))
attempt("memory of airlock", lambda: memory_of(parent))
attempt("maps of airlock", lambda: read(f"/proc/{parent}/maps") and "its maps")
attempt("open files of airlock", lambda: os.listdir(f"/proc/{parent}/fd") and "a list")
attempt("root of airlock", lambda: os.listdir(f"/proc/{parent}/root") and "a list")
attempt("folder of airlock", lambda: os.listdir(f"/proc/{parent}/cwd") and "a list")
attempt("killing airlock", lambda: os.kill(parent, signal.SIGCONT) or "sent")
attempt("own environment", lambda: holds_key(read("/proc/self/environ")))
attempt("inherited files", lambda: [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 3] or None)
attempt("becoming root", lambda: os.setuid(0) or "root" if os.getuid() else None)
attempt("a group", lambda: os.setgroups([0]) or "group 0")
attempt("gaining privileges", lambda: None if "NoNewPrivs:\t1" in open("/proc/self/status").read() else "possible")

attempt("the socket", lambda: connect(docker))
for name in ("ENV", "PATH", "STATE", "OUTPUT", "STEP_SUMMARY"):
    attempt(f"GITHUB_{name}", lambda: append(f"{place}/file_commands/{name}", "NODE_OPTIONS=--require /tmp/x\n"))
    attempt(f"replacing GITHUB_{name}", lambda: replace(f"{place}/file_commands/{name}"))
attempt("the event", lambda: append(f"{place}/workflow/event.json", " "))
attempt("reading git credentials", lambda: holds_key(read(f"{place}/workspace/.git/config")))
attempt("writing git settings", lambda: append(f"{place}/workspace/.git/config", "[core]\n\tfsmonitor = /tmp/x\n"))
attempt("a hook", lambda: append(f"{place}/workspace/.git/hooks/post-checkout", "#!/bin/sh\n"))
attempt("a source of the checkout", lambda: append(f"{place}/workspace/index.js", "//\n"))
attempt("a new source in the checkout", lambda: append(f"{place}/workspace/new.js", "//\n"))
attempt("netrc", lambda: holds_key(read(f"{place}/home/.netrc")))
attempt("a profile", lambda: append(f"{place}/home/.profile", "x\n"))
attempt("the runner's credentials", lambda: holds_key(read(f"{place}/runner_temp/git-credentials-1.config")))
attempt("a second name", lambda: os.link(f"{place}/home/.netrc", "report.xml") or "linked")
attempt("git in the copy", lambda: os.listdir(".git") and "there")

# What it may do to its own copy must not harm anybody: what is installed there may be the checkout's under a second name.
append("index.js", "// rewritten\n")
for act in (
    lambda: append("node_modules/a/index.js", "// rewritten\n"),
    lambda: os.truncate("node_modules/a/index.js", 0),
    lambda: os.chmod("node_modules/a/index.js", 0o666),
    lambda: append("node_modules/a/new.js", "// planted\n"),
):
    try:
        act()
    except OSError:
        pass
os.symlink("/proc/self/environ", "leak.js")
os.symlink(f"{place}/home/.netrc", "coverage.json")
os.symlink(place, "folder")
with open("junit.xml", "w") as file:
    file.write("<testsuites/>")
with open("large.bin", "wb") as file:
    file.truncate(1 << 30)
os.mkfifo("pipe.xml")

# Two that leave: a daemon with nothing of ours in its environment, and one that starts another each time it is killed.
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve("/bin/sleep", ["sleep", f"7301{parent}"], {})
    os._exit(0)
if os.fork() == 0:
    os.setsid()
    for number in range(3, 20):
        try:
            os.close(number)
        except OSError:
            pass
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    end = time.time() + 30
    while time.time() < end:
        if os.fork():
            os._exit(0)
        time.sleep(0.002)
    os._exit(0)

# Both streams race for the runner's ear.
for number in range(200):
    os.write(1, b"::set-output name=decision::deployed\n")
    os.write(2, b"::stop-commands::guess\n::guess::\n##[add-mask]x\n")
print("done")
