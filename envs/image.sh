#!/bin/sh
# What envs/Dockerfile and envs/apptainer.def do in Debian's image: Canopy's packages, the locked versions, on the PATH.
#     sh envs/image.sh LOCK    (envs/requirements.lock, or envs/requirements-gpu.lock for NVIDIA GPUs)
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends ca-certificates git python3 python3-venv
rm -rf /var/lib/apt/lists/*
python3 -m venv /opt/canopy
/opt/canopy/bin/python -m pip install --disable-pip-version-check --no-cache-dir --no-input --require-hashes -r "$1"
