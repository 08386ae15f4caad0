"""The cross-attention captioner trained as its author did: each prefix is a sample of its own, padded.

Every sample has its own copy of the picture's features, and asks for one word.
"""

import tensorflow as tf
from keras import layers, ops

from keras_captioners import CrossAttention, with_weights
from keras_training import caption_loss, make_optimizer
from tensors import under


class OnePrefix(CrossAttention):
    def __init__(self, options, weights, drop):
        super().__init__(options, weights, drop)
        units, width = self.back.units, weights["embedding"].shape[1]
        values = [
            weights[f"lstm0/{direction}/{part}"]
            for direction in ("forward", "backward")
            for part in ("kernel", "recurrent", "bias")
        ]
        both = layers.Bidirectional(layers.LSTM(units, unroll=True))
        self.both = with_weights(both, [(None, options["steps"], width)], values)
        del self.ahead, self.back

    def call(self, features, prefixes):
        """prefixes: int32 [samples, steps], 0 where a prefix has ended; returns logits [samples, words]."""
        regions = self.drop(self.regions.normal(self.regions(features)))
        vectors = self.drop(self.words(prefixes))
        x = self.drop(ops.expand_dims(self.both(vectors, mask=ops.not_equal(prefixes, 0)), 1))
        for block in self.blocks:
            x = block(x, regions)
        return self.words.logits(self.to_word(self.drop(self.final(x))))[:, 0]


class Peer:
    def __init__(self, task, arrays):
        self.task, self.training = task, task["training"]
        self.drop = layers.Dropout(task["dropout"])
        batch = under(arrays, "batch/")
        rows, steps = batch["tokens"].shape
        options = {**task["captioner"], "steps": steps}
        self.model = OnePrefix(options, under(arrays, "weights/"), self.drop)
        self.features = tf.constant(batch["features"])
        self.words = tf.constant(batch["tokens"].astype("int32"))
        self.targets = tf.constant(batch["targets"].astype("int32"))
        # Sample n is the prefix of n % steps + 1 words of caption n // steps; as many samples a step as captions.
        samples = tf.random.experimental.stateless_shuffle(tf.range(rows * steps), [1, 2])
        self.batches = tf.split(samples, steps)
        self.steps = steps
        self.optimizer = make_optimizer(self.training, self.model.trainable_variables)
        self.optimizer.build(self.model.trainable_variables)
        self.train = tf.function(self.step)

    def loss(self, samples, training):
        captions, last = samples // self.steps, samples % self.steps
        prefixes = tf.gather(self.words, captions)
        prefixes = tf.where(tf.range(self.steps)[None] <= last[:, None], prefixes, 0)
        logits = self.model(tf.gather(self.features, captions), prefixes, training=training)
        targets = tf.gather_nd(self.targets, tf.stack([captions, last], 1))
        return caption_loss(logits, targets, tf.ones(samples.shape), self.training["labelSmoothing"])

    def step(self, samples):
        with tf.GradientTape() as tape:
            loss = self.loss(samples, True)
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def check(self):
        """The loss of all prefixes with the first weights."""
        loss = tf.function(self.loss)
        return [sum(loss(samples, False).numpy() for samples in self.batches) / len(self.batches)]

    def round(self):
        """Every prefix of the captions once."""
        for samples in self.batches:
            self.train(samples).numpy()
