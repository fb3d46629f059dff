# Where this machine has no GPU, a job that would take one computes on the processor, and its threads say how many such
# jobs run at once. Jobs on a cluster (`--jobs N`) are not this machine's.

import shutil

HERE = workflow.resource_settings
if HERE.cores and HERE.nodes is None and shutil.which("nvidia-smi") is None:
    workflow.global_resources["gpu"] = HERE.cores
