"""Which words the prefixes of a caption hold, and where words stand."""

import numpy as np


def reversed_prefixes(steps):
    """Places of the words of each prefix, last word first, and which of them count: [steps, steps] each."""
    place = np.arange(steps)[:, None] - np.arange(steps)[None]
    return np.maximum(place, 0), place >= 0


def sinusoids(steps, width):
    """Vaswani et al. 2017, 3.5: [steps, width]."""
    angles = np.arange(steps)[:, None] / 10000 ** ((np.arange(width) // 2 * 2) / width)
    return np.where(np.arange(width) % 2 == 0, np.sin(angles), np.cos(angles)).astype("float32")
