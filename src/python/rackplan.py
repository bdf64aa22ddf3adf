"""rackplan from Python: calls the launcher, gives back its JSON. Needs Python 3.8, no package.

    import rackplan
    found = rackplan.plan(model="qwen3-30b-a3b", gpu="h100", gpus=2, isl=2000, osl=500)
    found["deployments"][0]["requestsPerSecond"]

The launcher is what the environment variable RACKPLAN says, else the one beside this file (as in a
distribution), else the clone's, else that on the PATH.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess


class RackplanError(Exception):
    """A command that did not end with exit code 0; 2: bad input, 3: no feasible plan."""

    def __init__(self, exit_code, message):
        super().__init__(message)
        self.exit_code = exit_code


def run(*words, **options):
    """Runs a command with --json and returns what it prints.

    Options as keywords: time_limit="20s" is --time-limit 20s, True is a flag, a list repeats it.
    """
    line = launcher() + [str(word) for word in words] + ["--json"]
    for name, value in options.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            line.append(option)
        elif isinstance(value, (list, tuple)):
            for one in value:
                line += [option, str(one)]
        elif value is not None and value is not False:
            line += [option, str(value)]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    if done.returncode != 0:
        raise RackplanError(done.returncode, done.stderr.strip())
    return json.loads(done.stdout)


def plan(**options):
    """What to launch: model, gpu, gpus, isl, osl, and any option of `rackplan plan`."""
    return run("plan", **options)


def solve(problem, **options):
    """Searches a plan; the result names the solution file that was written."""
    return run("solve", problem, **options)


def evaluate(problem, **options):
    """Judges solution="FILE" or expert_map="FILE" under the problem's own cost model."""
    return run("evaluate", problem, **options)


def launcher():
    """The words that start rackplan."""
    if os.environ.get("RACKPLAN"):
        return shlex.split(os.environ["RACKPLAN"])
    own = pathlib.Path(__file__).resolve()
    for folder in [own.parent, *list(own.parents)[2:3]]:
        if (folder / "rackplan").is_file():
            return [str(folder / "rackplan")]
    found = shutil.which("rackplan")
    if not found:
        raise RackplanError(2, "no rackplan on the PATH; set RACKPLAN to the launcher")
    return [found]
