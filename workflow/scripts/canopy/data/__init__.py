"""What comes from outside: audio files, recordings, annotations, splits, and the checks of all these.

`audio` decodes and judges files, `recordings` lists them, `annotations` reads what is heard where, `splits` makes
folds, `checks` looks for leaks, `demo` makes a dataset and `download` fetches one; `sample_submission` is the table
that says what a submission must hold.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
