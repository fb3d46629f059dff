"""The model package: a finished run's ensemble in one folder, which `apply` takes on any machine.

`manifest` says what is in it and is light enough for a Snakefile, `build` fills the folder, `ranges` gives the
frequencies of each species' boxes, `card` describes it all for people, `features` finds what
its networks hear. `exporting` exports single networks, as `lite` and `onnx` write them and `parity` compares them.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
