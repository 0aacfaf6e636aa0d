"""mlcalc: from the mineral seen on a radiograph to a short, cited differential.

Two flows run through the package::

    inference:  files -> imaging -> crops -> network -> probabilities -> evidence -> reasoning -> outputs
    training:   config -> crops -> data module -> network -> calibration -> report -> weights and card

Research software: not a medical device, not for clinical decisions.
"""

__version__ = "0.1.0"
