"""From logits to probabilities that keep their word, and thresholds for a wanted precision.

`examples` gathers what was confirmed and refuted out of fold, `platt` fits a line to it, `fit` does so for each species
and across folds, `reliability` and `thresholds` say how well, `priors` moves recording scores to other class priors,
`tables` applies the result.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
