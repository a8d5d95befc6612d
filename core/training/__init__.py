"""Training: one step, one epoch and what surrounds them, each in a module of its own.

config.py       the settings of a training
recipes.py      the settings that make what ships
loop.py         a training step, an epoch, a whole training
schedule.py     the learning rate and the radii of each step
batches.py      an epoch's images: order, augmentation, this process's share
sizes.py        smaller images in the first steps
mixing.py       CutMix and mixup, of a batch's images and targets
principal.py    first kernels that begin as the images' principal components
adversarial.py  the worst images nearby, to train against attacks
sharpness.py    the worst weights nearby, whose gradient leads to flat minima
averaging.py    the exponential moving average of the weights
statistics.py   batch normalisation's statistics
metrics.py      loss and accuracy, of an epoch and on the validation images
records.py      what a training tells of a step, of an epoch and of its end
state.py        what changes in a training: network, moments, average, history
optimizers.py   Adam, or gradient descent with and without momentum
resume.py       that state as a file
computing.py    device, precision, compilation
recorded.py     steps that a GPU repeats from a recording
finite.py       whether it still computes with finite numbers
quota.py        the processor time that a container may use
parallel.py     several processes that train one network
ingredients.py  the changes of the ResNet's recipe that are measured
ingredient_run.py  one run of one of them
comparison.py   how much runs differ, and how sure that is
"""
