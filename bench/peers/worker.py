"""One peer in a process of its own, which stays alive and works on request.

usage: worker.py MODULE FOLDER

FOLDER holds task.json and task.safetensors. MODULE.Peer(task, arrays) has `check`, which returns a list of numbers to
be compared with ours, and `round`, which is timed. Each line on standard input is "check" or "round"; each answer
is one line of JSON on standard output. The first one says whether the peer is ready, or has no such captioner.
"""

import importlib
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Only answers go to standard output: what libraries print goes to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(**values):
    answers.write(json.dumps(values) + "\n")
    answers.flush()


def main(module, folder):
    from tensors import read_tensors
    from twins import NoTwin

    with open(os.path.join(folder, "task.json")) as file:
        task = json.load(file)
    arrays = read_tensors(os.path.join(folder, "task.safetensors"))
    try:
        peer = importlib.import_module(module).Peer(task, arrays)
    except NoTwin:
        return answer(ready=False)
    answer(ready=True)
    for line in sys.stdin:
        if line.strip() == "check":
            answer(values=[float(value) for value in peer.check()])
        else:
            start = time.perf_counter()
            peer.round()
            answer(seconds=time.perf_counter() - start)


main(*sys.argv[1:])
