# The workflow is workflow/Snakefile. This file lets plain `snakemake` find it from here.


include: "workflow/Snakefile"


# Snakemake takes no default target from a file that is included.
workflow.default_target = "all"
