#!/usr/bin/env bash
# Gradescope runs this once, when the autograder is uploaded: Python and what the project needs.
set -euo pipefail
cd "${AUTOGRADER:-/autograder}/source"

apt-get update
apt-get install -y --no-install-recommends python3 python3-pip python3-venv
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Python 3.11 or newer is needed, got $(python3 --version): choose an image that has it, such as Ubuntu 24.04."
  exit 1
}
python3 -m venv ../venv
# What pytorch.org shows behind `pip3 install torch torchvision` under "Get started" for Linux, Pip
# and CPU; without it pip brings the GPU libraries, nearly 5 GB.
TORCH=${TORCH:-}
grep '^torch' requirements.txt >torch.txt
# shellcheck disable=SC2086
../venv/bin/pip install --quiet --no-cache-dir $TORCH -r torch.txt
../venv/bin/pip install --quiet --no-cache-dir -r requirements.txt
