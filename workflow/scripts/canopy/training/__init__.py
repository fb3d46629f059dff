"""From labelled features to a trained network.

`targets` holds the labels of a recording, `sampling` says which boxes are drawn, `reviewed_time` what else and
`hard_places` where a network is wrong there, `bags` shows recordings whose marks tell no times, `windows` cuts them,
`augment` changes them, `losses` judges the network, `label_weights` what each label weighs, `schedules` the rate,
`precision` the number format, `checkpoints` what survives a kill; `loop` trains, `job` is what the scripts that train
share, `student_windows` adds a teacher's labels.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
