"""Train the homework's networks, measure them, and write what they need.

    python train_all.py mnist            the small CNN on MNIST (minutes on two cores)
    python train_all.py resnet           the ResNet on CIFAR-10 (five minutes on a GPU; a night)
    python train_all.py resnet --short   the same in 30 epochs (1-2 hours); its card alone
    python train_all.py resnet --plain   the same network as a student trains it; its card alone
    python train_all.py cam              put the ResNet's class activation maps to the test
    python train_all.py channels         the pictures that excite each channel of the ResNet most
    python train_all.py untrained        what the networks see before their first step
    python train_all.py attack-models    models A and B
    python train_all.py attack-curves    how often attacks on models A, B and M succeed
    python train_all.py report           the homework's report as one PDF
    python train_all.py data mnist       fetch a data set, if it is not there
    python train_all.py table            the result table; --write README.md puts it there
    python train_all.py lecture NAME     open every state of a lecture; the guide to it as one PDF
    python train_all.py check FILE       is a homework right, and if not, where
    python train_all.py sheets           an exercise sheet for every student, and the key to them

A run that was ended goes on where it stopped when the same command is given again. On a machine
with several GPUs:

    torchrun --nproc-per-node GPUS train_all.py resnet
"""

from __future__ import annotations

import sys

from commands.missing import packages_or_one_sentence

with packages_or_one_sentence("train_all.py"):
    from commands.main import main

    if __name__ == "__main__":
        sys.exit(main())

__all__ = ["main"]
