"""Training runs that are judged by their last policy, kept in a folder so that figures go on where they stopped.

Used by `presets` and `figures`. Standard library only.
"""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

EPISODES = 100  # fresh ones, by which a run's last policy is judged


class KeptRuns:
    def __init__(self, cairn, folder=None):
        self.cairn_path = str(cairn)
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="cairn-runs-"))
        self.folder.mkdir(parents=True, exist_ok=True)

    def cairn(self, *arguments, core=None):
        """Runs the program, on these processor cores, and returns what it printed on standard output as JSON."""
        command = [self.cairn_path, *map(str, arguments)]
        if core is not None:
            command = ["taskset", "-c", ",".join(map(str, core))] + command
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):  # 3: --until was not reached; the run counts all the same
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
        return json.loads(done.stdout)

    def judged(self, tag, arguments, seed, core=None, start=None):
        """What `cairn eval` says of the last policy of `cairn train ARGUMENTS --seed SEED` on one thread, with the
        program that made it (`made_by`). With `start`, other arguments, `cairn train START --seed SEED` is trained
        before, and the run begins from its weights. It is read from TAG-SEED.json where that holds the same arguments
        and the same settings of a preset."""
        arguments = list(map(str, arguments))
        asked = {"arguments": arguments, "preset": self.settings(arguments)}
        if start:
            asked["start"] = start = list(map(str, start))
        file = self.folder / f"{tag}-{seed}.json"
        if file.exists():
            kept = json.loads(file.read_text())
            if all(kept.get(name) == value for name, value in asked.items()):
                return kept
        with tempfile.TemporaryDirectory(prefix="cairn-run-") as above:
            run, before = pathlib.Path(above) / "run", pathlib.Path(above) / "start"
            bare = ["--seed", seed, "--threads", 1, "--evaluate-every", 0, "--checkpoint-every", 0, "--json"]
            if start:
                self.cairn("train", *start, *bare, "--out", before, core=core)
            self.cairn("train", *arguments, *(["--start", before] if start else []), *bare, "--out", run, core=core)
            result = self.cairn("eval", run / "checkpoints/last.safetensors", "--episodes", EPISODES, "--seed",
                                10_000 + seed, "--json", core=core)
            result["made_by"] = json.loads((run / "config.json").read_text())["made_by"]
        del result["policy"]  # a path that is gone
        result |= asked
        self.write(file, result)
        return result

    def settings(self, arguments):
        """Of the preset that the arguments name, or None."""
        if "--preset" not in arguments or (name := arguments[arguments.index("--preset") + 1]) in ("auto", "none"):
            return None
        said = ("summary", "judged")  # of it, not by it
        return {key: value for key, value in self.presets()[name].items() if key not in said}

    @functools.cache
    def presets(self):
        return {preset["name"]: preset for preset in self.cairn("list", "presets", "--json")}

    def kept(self, name):
        """What `write` kept under this name, or None."""
        file = self.folder / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else None

    @staticmethod
    def write(file, value):
        """The file appears whole or not at all."""
        new = pathlib.Path(f"{file}.new")
        new.write_text(json.dumps(value))
        os.replace(new, file)
