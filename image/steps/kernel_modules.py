"""The kernel's modules, as its modules.* files describe them."""
import os
import re


def name_of(path):
    return re.sub(r"\.ko(\.xz|\.zst|\.gz)?$", "", os.path.basename(path)).replace("-", "_")


class Modules:
    """Names, files and dependencies of the modules of one kernel below DIRECTORY."""

    def __init__(self, directory):
        self.directory = directory
        self.path, self.needs, self.soft = {}, {}, {}
        for line in open(f"{directory}/modules.dep"):
            module, needs = line.rstrip("\n").split(":")
            self.path[name_of(module)] = f"{directory}/{module}"
            self.needs[name_of(module)] = [name_of(need) for need in needs.split()]
        for line in open(f"{directory}/modules.softdep"):
            words = line.split()
            if words and words[0] == "softdep":
                self.soft[words[1].replace("-", "_")] = [word.replace("-", "_") for word in words[2:] if not word.endswith(":")]
        self.builtin = {name_of(line.strip()) for line in open(f"{directory}/modules.builtin")}

    def in_order(self, wanted):
        """The wanted modules and what they need, each after its needs."""
        order = []

        def add(module):
            if module in order or module not in self.needs:
                return
            for need in reversed(self.needs[module]):
                add(need)
            order.append(module)

        for module in wanted:
            add(module)
        return order

    def closure(self, wanted):
        """The wanted modules, what they need and what they softly need."""
        seen, waiting = set(), [module for module in wanted if module in self.needs]
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting += [need for need in self.needs[module] + self.soft.get(module, []) if need in self.needs]
        return seen


def read_list(file):
    return [word for line in open(file) if not line.startswith("#") for word in line.split()]
