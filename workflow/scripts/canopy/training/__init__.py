"""From labelled features to a trained network.

`targets` holds the labels of a recording, `sampling` says which stretches are drawn, `windows` cuts them, `augment`
changes them, `losses` judges the network, `schedules` the rate, `precision` the number format, `checkpoints` what
survives a kill; `loop` trains, `job` is what the scripts that train share, `student_windows` adds a teacher's labels.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
