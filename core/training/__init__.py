"""Training: one step, one epoch and what surrounds them, each in a module of its own.

config.py       the settings of a training, and the records that it leaves
recipes.py      the settings that make what ships
loop.py         a training step, an epoch, a whole training
schedule.py     the learning rate and the attack's radius of each step
batches.py      an epoch's images: order, augmentation, this process's share
adversarial.py  the worst images nearby, to train against attacks
sharpness.py    the worst weights nearby, whose gradient leads to flat minima
averaging.py    the exponential moving average of the weights
statistics.py   batch normalisation's statistics
metrics.py      loss and accuracy, of an epoch and on the validation images
state.py        what changes in a training: network, moments, average, history
optimizers.py   Adam, or gradient descent with and without momentum
resume.py       that state as a file
computing.py    device, precision, compilation
parallel.py     several processes that train one network
"""
