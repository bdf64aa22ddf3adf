"""What an exported folder starts, as its own script says it."""
import json
import os
import re
import shlex
import subprocess


def table(folder):
    """Rows of launch.sh: host, replica, place, first rank, stage, first host, port, devices."""
    lines = open(os.path.join(folder, "launch.sh")).read().splitlines()
    start = lines.index("done <<'TABLE'") + 1
    return [line.split() for line in lines[start:lines.index("TABLE", start)]]


def started(folder, host, model):
    """Words of each command that launch.sh would run on a host."""
    script = os.path.join(os.path.abspath(folder), "launch.sh")
    environment = dict(os.environ, MODEL=model, DRY_RUN="1")
    run = subprocess.run(["bash", script, host], env=environment, capture_output=True, text=True, check=True)
    return [shlex.split(line) for line in run.stdout.splitlines()]


def settings(words, prefix):
    """Variables that the command is given."""
    found = [word.split("=", 1) for word in words if word.startswith(prefix) and "=" in word]
    os.environ.update(dict(found))


def instances(folder):
    """(first host, port where ranks meet) of each instance, in order."""
    return list(dict.fromkeys((row[5], int(row[6])) for row in table(folder)))


def pools(folder):
    """Folders of the pools of an export, in the order of their ports; the folder itself where there is one pool."""
    names = [name for name in os.listdir(folder) if os.path.exists(os.path.join(folder, name, "launch.sh"))]
    return sorted(names, key=lambda name: instances(os.path.join(folder, name))[0][1]) or ["."]


def role(pool):
    """prefill, decode or serve: the pool's name without the number of a second size, such as prefill-2."""
    name = re.sub(r"-\d+$", "", os.path.basename(os.path.normpath(pool)))
    return name if name in ("prefill", "decode") else "serve"


def instances_of(folder, wanted):
    """The same of all pools with that role."""
    return [one for pool in pools(folder) if role(pool) == wanted for one in instances(os.path.join(folder, pool))]


def gpus(folder):
    """GPUs of all hosts and instances."""
    return sum(len(row[7].split(",")) for row in table(folder))


def plan(solution):
    return json.load(open(solution))["plan"]


def gpus_per_stage(plan):
    return len(plan["stages"][0]["gpus"]) // plan["layout"]["replicas"]


def attention_ranks(plan):
    return gpus_per_stage(plan) // plan["layout"]["attentionTensorParallel"]


def report(faults):
    """Prints what is wrong, then ACCEPTED or REFUSED; the exit status says the same."""
    for fault in faults:
        print("FAULT", fault)
    print("REFUSED" if faults else "ACCEPTED")
    raise SystemExit(1 if faults else 0)
