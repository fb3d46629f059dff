"""Combining experiments: `combine` weighs and sums, `fit` fits weights, `choose` decides which to use."""
