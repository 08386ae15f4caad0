"""A training step in Keras, as a compiled graph."""

import keras
import tensorflow as tf

from keras_captioners import CAPTIONERS
from tensors import under
from twins import twin_of

CHECKED_STEPS = 3


def make_optimizer(training, variables):
    optimizer = keras.optimizers.AdamW(
        training["learningRate"],
        weight_decay=training["weightDecay"],
        beta_1=0.9,
        beta_2=0.98,
        epsilon=1e-8,
        global_clipnorm=training["clipNorm"],
        use_ema=True,
        ema_momentum=training["emaDecay"],
    )
    vectors = [v for v in variables if v.path.rsplit("/", 1)[1] in ("bias", "gamma", "beta")]
    optimizer.exclude_from_weight_decay(var_list=vectors)
    return optimizer


def caption_loss(logits, targets, counts, smoothing):
    """Mean cross-entropy over the words that count."""
    words = logits.shape[-1]
    wanted = tf.one_hot(targets, words, 1 - smoothing + smoothing / words, smoothing / words)
    losses = tf.nn.softmax_cross_entropy_with_logits(wanted, tf.cast(logits, "float32"))
    return tf.reduce_sum(losses * counts) / tf.reduce_sum(counts)


class Peer:
    def __init__(self, task, arrays):
        if task["precision"] == "bfloat16":
            keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        self.task = task
        self.training = task["training"]
        self.drop = keras.layers.Dropout(task["dropout"])
        model = twin_of(CAPTIONERS, task["captioner"]["name"])
        self.model = model(task["captioner"], under(arrays, "weights/"), self.drop)
        batch = under(arrays, "batch/")
        self.features = tf.constant(batch["features"])
        self.words = tf.constant(batch["tokens"].astype("int32"))
        self.targets = tf.constant(batch["targets"].astype("int32"))
        self.counts = tf.constant(batch["lossWeights"])
        self.optimizer = make_optimizer(self.training, self.model.trainable_variables)
        self.optimizer.build(self.model.trainable_variables)

    def compiled(self, dropout):
        self.drop.rate = dropout
        return tf.function(self.step)

    def step(self):
        with tf.GradientTape() as tape:
            logits = self.model(self.features, self.words, training=True)
            loss = caption_loss(logits, self.targets, self.counts, self.training["labelSmoothing"])
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def check(self):
        step = self.compiled(0)
        losses = [step().numpy() for _ in range(CHECKED_STEPS)]
        self.run = self.compiled(self.task["dropout"])
        return losses

    def round(self):
        for _ in range(self.task["steps"]):
            self.run().numpy()
