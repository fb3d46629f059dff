"""The typed configuration: every key, its default, its meaning and its limits.

`config.yaml` spells the defaults out for people; these classes are what it is checked against. Unknown
keys are refused. `schema` holds the whole, `dataset`, `demo`, `features`, `training`, `prediction`,
`experiment`, `results` and `compute` its sections, `base` what sections share. `loading` checks a
configuration and expands experiments; `settings` hands sections to scripts, which validate them with
the same classes, so a setting means the same everywhere; `complaints` words what is wrong.

Nothing is imported here, so that a script depends on the sections it reads and on no others: a new key
of the demo must not retrain a network.
"""
