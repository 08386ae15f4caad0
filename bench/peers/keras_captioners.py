"""The four captioners from Keras' own layers, with the weights and names of lib/captioners."""

import keras
import numpy as np
from keras import layers, ops

from positions import reversed_prefixes, sinusoids


def with_weights(layer, shape, values):
    layer.build(*shape)
    layer.set_weights(values)
    return layer


def dense(weights, name, activation=None):
    kernel, bias = weights[f"{name}/kernel"], weights.get(f"{name}/bias")
    layer = layers.Dense(kernel.shape[1], activation=activation, use_bias=bias is not None)
    return with_weights(layer, [(None, kernel.shape[0])], [kernel] if bias is None else [kernel, bias])


def norm(weights, prefix):
    scale, shift = weights[f"{prefix}scale"], weights[f"{prefix}shift"]
    return with_weights(layers.LayerNormalization(epsilon=1e-3), [(None, len(scale))], [scale, shift])


def lstm(weights, name, **options):
    kernel, recurrent, bias = (weights[f"{name}/{part}"] for part in ("kernel", "recurrent", "bias"))
    # Unrolled, since all captions have as many words: that is the faster way in Keras.
    layer = layers.LSTM(recurrent.shape[0], unroll=True, **options)
    return with_weights(layer, [(None, None, kernel.shape[0])], [kernel, recurrent, bias])


class Words(layers.Layer):
    """Word vectors, shared with the softmax."""

    def __init__(self, weights):
        super().__init__()
        values = weights["embedding"]
        self.table = with_weights(layers.Embedding(*values.shape), [(None, None)], [values])
        self.bias = self.add_weight(shape=values.shape[:1], name="bias", initializer="zeros")
        self.bias.assign(weights["softmax/bias"])
        self.scale = float(np.sqrt(values.shape[1]))

    def call(self, words):
        return self.table(words) * self.scale

    def logits(self, x):
        table = ops.cast(self.table.embeddings, x.dtype)
        return ops.add(ops.matmul(x, ops.transpose(table)), ops.cast(self.bias, x.dtype))


class Regions(layers.Layer):
    """Regions projected and told their places; `normal` is for later."""

    def __init__(self, weights):
        super().__init__()
        self.project = dense(weights, "regions")
        place = weights["regions/place"]
        self.place = self.add_weight(shape=place.shape, name="place", initializer="zeros")
        self.place.assign(place)
        self.normal = norm(weights, "regions/")

    def call(self, features):
        return self.project(features) + ops.cast(self.place, self.compute_dtype)


class Block(layers.Layer):
    """Pre-norm attention and feed-forward, each added to its input."""

    def __init__(self, weights, name, heads, drop):
        super().__init__()
        width, inner = weights[f"{name}/query/kernel"].shape
        size = inner // heads
        values = []
        for part in ("query", "key", "value"):
            kernel, bias = weights[f"{name}/{part}/kernel"], weights[f"{name}/{part}/bias"]
            values += [kernel.reshape(-1, heads, size), bias.reshape(heads, size)]
        output = weights[f"{name}/output/kernel"]
        values += [output.reshape(heads, size, -1), weights[f"{name}/output/bias"]]
        others = weights[f"{name}/key/kernel"].shape[0]
        layer = layers.MultiHeadAttention(heads, size, output_shape=output.shape[1])
        self.attention = with_weights(layer, [(None, None, width), (None, None, others)], values)
        self.normal = norm(weights, f"{name}/")
        self.drop = drop
        self.forward = None
        if f"{name}/ff-in/kernel" in weights:
            self.forward = [
                norm(weights, f"{name}/ff-"),
                dense(weights, f"{name}/ff-in", "relu"),
                dense(weights, f"{name}/ff-out"),
            ]

    def call(self, x, others=None, causal=False):
        asking = self.normal(x)
        others = asking if others is None else others
        x = x + self.drop(self.attention(asking, others, use_causal_mask=causal))
        if self.forward is None:
            return x
        inner = x
        for layer in self.forward:
            inner = layer(inner)
        return x + self.drop(inner)


class CrossAttention(keras.Model):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.regions, self.drop = Words(weights), Regions(weights), drop
        self.ahead = lstm(weights, "lstm0/forward", return_sequences=True)
        self.back = lstm(weights, "lstm0/backward")
        self.blocks = [Block(weights, f"block{i}", options["heads"], drop) for i in range(options["layers"])]
        self.final = norm(weights, "final/")
        self.to_word = dense(weights, "to-word")

    def call(self, features, words):
        regions = self.drop(self.regions.normal(self.regions(features)))
        vectors = self.drop(self.words(words))  # [batch, steps, embedding]
        # The forward LSTM runs once a caption; the backward one runs over all prefixes as one batch, masked.
        steps = words.shape[1]
        places, counts = reversed_prefixes(steps)
        prefixes = ops.take(vectors, places.reshape(-1), axis=1)  # [batch, steps * steps, embedding]
        prefixes = ops.reshape(prefixes, (-1, steps, vectors.shape[-1]))
        mask = ops.tile(ops.convert_to_tensor(counts), (vectors.shape[0], 1))
        back = ops.reshape(self.back(prefixes, mask=mask), (-1, steps, self.back.units))
        x = self.drop(ops.concatenate([self.ahead(vectors), back], -1))
        for block in self.blocks:
            x = block(x, regions)
        return self.words.logits(self.to_word(self.drop(self.final(x))))


class AttentionLstm(keras.Model):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.regions, self.drop = Words(weights), Regions(weights), drop
        self.start = [dense(weights, f"start/{name}", "tanh") for name in ("hidden", "cell")]
        self.key, self.query = dense(weights, "attention/key"), dense(weights, "attention/query")
        self.gate = dense(weights, "attention/gate", "sigmoid")
        shapes = [(None, 1, len(weights["attention/score"])), (None, None, options["regionUnits"])]
        scores = [weights["attention/score"][:, 0]]
        self.attention = with_weights(layers.AdditiveAttention(), [[*shapes, shapes[0]]], scores)
        kernel, recurrent, bias = (weights[f"lstm/{part}"] for part in ("kernel", "recurrent", "bias"))
        cell = layers.LSTMCell(options["units"])
        self.cell = with_weights(cell, [(None, kernel.shape[0])], [kernel, recurrent, bias])
        self.to_word = dense(weights, "to-word", "tanh")

    def call(self, features, words):
        regions = self.drop(self.regions.normal(self.regions(features)))
        keys = self.key(regions)
        mean = ops.mean(regions, 1)
        state = [start(mean) for start in self.start]
        vectors = self.drop(self.words(words))  # [batch, steps, embedding]
        hidden, contexts = [], []
        for t in range(words.shape[1]):
            query = ops.expand_dims(self.query(state[0]), 1)
            context = self.gate(state[0]) * self.attention([query, regions, keys])[:, 0]
            _, state = self.cell(ops.concatenate([vectors[:, t], context], -1), state)
            hidden.append(state[0])
            contexts.append(context)
        known = [vectors, self.drop(ops.stack(hidden, 1)), ops.stack(contexts, 1)]
        return self.words.logits(self.drop(self.to_word(ops.concatenate(known, -1))))


class ShowAndTell(keras.Model):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.drop = Words(weights), drop
        self.picture = dense(weights, "picture")
        values = [weights[f"picture/{part}"] for part in ("scale", "shift", "mean", "variance")]
        self.normal = with_weights(layers.BatchNormalization(), [(None, len(values[0]))], values)
        count = options["lstmLayers"]
        self.lstms = [lstm(weights, f"lstm{i}", return_sequences=True) for i in range(count)]
        self.to_word = dense(weights, "to-word")

    def call(self, features, words):
        picture = self.normal(self.picture(ops.mean(features, 1)))
        x = ops.concatenate([ops.expand_dims(picture, 1), self.words(words)], 1)
        for layer in self.lstms:
            x = layer(self.drop(x))
        return self.words.logits(self.to_word(self.drop(x[:, 1:])))


class Transformer(keras.Model):
    def __init__(self, options, weights, drop):
        super().__init__()
        self.words, self.regions, self.drop = Words(weights), Regions(weights), drop

        def block(name):
            return Block(weights, name, options["heads"], drop)

        self.blocks = [block(f"encoder{i}") for i in range(options["encoderLayers"])]
        self.own = [block(f"decoder{i}/words") for i in range(options["layers"])]
        self.seen = [block(f"decoder{i}/regions") for i in range(options["layers"])]
        self.final = norm(weights, "final/")

    def call(self, features, words):
        regions = self.drop(self.regions(features))
        for block in self.blocks:
            regions = block(regions)
        regions = self.regions.normal(regions)
        vectors = self.words(words)
        places = ops.convert_to_tensor(sinusoids(words.shape[1], vectors.shape[-1]))
        x = self.drop(vectors + ops.cast(places, vectors.dtype))
        for own, seen in zip(self.own, self.seen):
            x = seen(own(x, causal=True), regions)
        return self.words.logits(self.drop(self.final(x)))


CAPTIONERS = {
    "cross-attention": CrossAttention,
    "attention-lstm": AttentionLstm,
    "show-and-tell": ShowAndTell,
    "transformer": Transformer,
}
