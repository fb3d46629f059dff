"""Pretrained networks, whose layers are features.

`network` says what one is, `tflite`, `onnx` and `keras` open files of one format each, `registry` names the formats,
`locate` finds files, `flatbuffer` reads what is in a `.tflite` file without any library, `fetch` gets networks by name.
Nothing here runs code that a file holds, and nothing is unpickled. Nothing is imported here.
"""
