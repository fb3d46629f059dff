# Where this machine has no GPU, a job that would take one computes on the processor, and its threads say how many such
# jobs run at once.

import shutil

if workflow.local_exec and workflow.cores and shutil.which("nvidia-smi") is None:
    workflow.global_resources["gpu"] = workflow.cores
