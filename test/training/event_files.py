"""Prints the scalars of the event files of each folder: for each file a list of [step, tag, value], as JSON."""

import json
import os
import sys

import tensorflow as tf


def scalars(path):
    for event in tf.compat.v1.train.summary_iterator(path):
        for value in event.summary.value:
            yield [event.step, value.tag, value.simple_value]


def files(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


print(json.dumps([[list(scalars(file)) for file in files(folder)] for folder in sys.argv[1:]]))
