"""prune_modules.py MODULES-DIRECTORY LIST: deletes every module that is neither in LIST nor needed by one that is."""
import os
import sys

from kernel_modules import Modules, read_list

modules, wanted = Modules(sys.argv[1]), read_list(sys.argv[2])
keep = modules.closure(wanted)
size = 0
for module, path in modules.path.items():
    if module in keep:
        size += os.path.getsize(path)
    else:
        os.unlink(path)
for directory, _, _ in os.walk(f"{modules.directory}/kernel", topdown=False):
    if not os.listdir(directory):
        os.rmdir(directory)
missing = [module for module in wanted if module not in modules.needs and module not in modules.builtin]
print(f"kept {len(keep)} of {len(modules.path)} modules, {size >> 10} KiB; this kernel has no {' '.join(missing) or 'gap'}")
