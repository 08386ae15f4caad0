"""What Keras gives for the same weights: reads cases as JSON from a file, writes results as JSON to another.

usage: keras_reference.py CASES RESULTS
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
from keras import layers


def array(weight):
    return np.array(weight["values"], "float32").reshape(weight["shape"])


def bilstm_layer(weights, layer, last):
    units = weights[f"lstm{layer}/forward/recurrent"].shape[0]
    result = layers.Bidirectional(layers.LSTM(units, return_sequences=not last))
    parts = [
        weights[f"lstm{layer}/{direction}/{part}"]
        for direction in ("forward", "backward")
        for part in ("kernel", "recurrent", "bias")
    ]
    return result, parts


def bilstm_over_prefixes(weights, count, vectors):
    """The joined last states for every prefix, each prefix run by itself: [batch, steps, 2 * units]."""
    stack = [bilstm_layer(weights, layer, layer == count - 1) for layer in range(count)]
    outputs = []
    for end in range(1, vectors.shape[1] + 1):
        x = keras.ops.convert_to_tensor(vectors[:, :end])
        for layer, parts in stack:
            y = layer(x)
            if end == 1:
                layer.set_weights(parts)
                y = layer(x)
            x = y
        outputs.append(np.array(x))
    return np.stack(outputs, 1)


def dense(weights, name, x, activation=None):
    kernel, bias = weights[f"{name}/kernel"], weights.get(f"{name}/bias")
    layer = layers.Dense(kernel.shape[1], activation=activation, use_bias=bias is not None)
    layer.build(x.shape)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return layer(x)


def layer_norm(weights, scale, shift, x):
    layer = layers.LayerNormalization(epsilon=1e-3)
    layer.build(x.shape)
    layer.set_weights([weights[scale], weights[shift]])
    return layer(x)


def multi_head_attention(weights, name, heads, query, others, causal=False):
    """keras.layers.MultiHeadAttention: what it answers, and where each head looked."""
    width, inner = weights[f"{name}/query/kernel"].shape
    size = inner // heads
    layer = layers.MultiHeadAttention(heads, size, output_shape=weights[f"{name}/output/kernel"].shape[1])
    layer.build(query.shape, others.shape)
    values = []
    for part in ("query", "key", "value"):
        kernel, bias = weights[f"{name}/{part}/kernel"], weights[f"{name}/{part}/bias"]
        values += [kernel.reshape(-1, heads, size), bias.reshape(heads, size)]
    output = weights[f"{name}/output/kernel"]
    values += [output.reshape(heads, size, -1), weights[f"{name}/output/bias"]]
    layer.set_weights(values)
    return layer(query, others, return_attention_scores=True, use_causal_mask=causal)


def feed_forward(weights, name, x):
    """x after the pre-norm feed-forward part of a block."""
    inner = layer_norm(weights, f"{name}/ff-scale", f"{name}/ff-shift", x)
    return x + dense(weights, f"{name}/ff-out", dense(weights, f"{name}/ff-in", inner, "relu"))


def inputs_of(case):
    """Options, weights, features [batch, regions, channels] and words [batch, steps]."""
    weights = {name: array(weight) for name, weight in case["weights"].items()}
    return case["options"], weights, array(case["features"]), array(case["tokens"]).astype("int32")


def placed_regions(weights, features):
    """Regions projected, told their places and normalized: [batch, regions, width]."""
    regions = dense(weights, "regions", features) + weights["regions/place"]
    return layer_norm(weights, "regions/scale", "regions/shift", regions)


def word_vectors(weights, words, tied):
    """[batch, steps, embedding]"""
    embedding = layers.Embedding(*weights["embedding"].shape)
    embedding.build(words.shape)
    embedding.set_weights([weights["embedding"]])
    vectors = np.array(embedding(words))
    return vectors * np.float32(np.sqrt(vectors.shape[-1])) if tied else vectors


def tied_logits(weights, vector):
    return keras.ops.matmul(vector, weights["embedding"].T) + weights["softmax/bias"]


def cross_attention(case):
    """The cross-attention captioner's logits after every prefix, and where its last block looked."""
    options, weights, features, words = inputs_of(case)

    regions = features
    if options["pooledSlices"] > 0:
        pooled = np.array(layers.GlobalAveragePooling1D()(features))
        regions = pooled.reshape(features.shape[0], options["pooledSlices"], -1)
    elif options["residual"]:
        regions = placed_regions(weights, features)

    vectors = word_vectors(weights, words, options["tiedEmbedding"])
    x = keras.ops.convert_to_tensor(bilstm_over_prefixes(weights, len(options["lstmUnits"]), vectors))

    for block in range(options["layers"]):
        name = f"block{block}"
        if options["residual"]:
            asking = layer_norm(weights, f"{name}/scale", f"{name}/shift", x)
            answer, looked = multi_head_attention(weights, name, options["heads"], asking, regions)
            x = x + answer
            if options["feedForward"] > 0:
                x = feed_forward(weights, name, x)
        else:
            answer, looked = multi_head_attention(weights, name, options["heads"], x, regions)
            x = keras.ops.concatenate([x, answer], -1)
    if options["residual"]:
        x = layer_norm(weights, "final/scale", "final/shift", x)
    tied = options["tiedEmbedding"]
    logits = tied_logits(weights, dense(weights, "to-word", x)) if tied else dense(weights, "softmax", x)
    return logits, keras.ops.mean(looked, 1)


def attention_lstm(case):
    """Show, Attend and Tell, word by word from Keras' LSTMCell and AdditiveAttention: logits, and where it looked."""
    options, weights, features, words = inputs_of(case)
    tied = options["tiedEmbedding"]
    regions = placed_regions(weights, features)
    keys = dense(weights, "attention/key", regions)
    mean = layers.GlobalAveragePooling1D()(regions)
    state = [dense(weights, f"start/{name}", mean, "tanh") for name in ("hidden", "cell")]
    vectors = word_vectors(weights, words, tied)
    attention = layers.AdditiveAttention(use_scale=True)
    cell = layers.LSTMCell(options["units"])
    outputs, places = [], []
    for t in range(words.shape[1]):
        query = keras.ops.expand_dims(dense(weights, "attention/query", state[0]), 1)
        if t == 0:
            attention.build([query.shape, regions.shape, keys.shape])
            attention.set_weights([weights["attention/score"][:, 0]])
        seen, looked = attention([query, regions, keys], return_attention_scores=True)
        places.append(looked[:, 0])
        context = dense(weights, "attention/gate", state[0], "sigmoid") * seen[:, 0]
        word = keras.ops.concatenate([vectors[:, t], context], -1)
        if t == 0:
            cell.build(word.shape)
            cell.set_weights([weights[f"lstm/{part}"] for part in ("kernel", "recurrent", "bias")])
        hidden, state = cell(word, state)
        known = keras.ops.concatenate([vectors[:, t], hidden, context], -1)
        outputs.append(dense(weights, "to-word", known, "tanh"))
    x = keras.ops.stack(outputs, 1)
    return tied_logits(weights, x) if tied else dense(weights, "softmax", x), keras.ops.stack(places, 1)


def projected_picture(weights, features):
    return dense(weights, "picture", layers.GlobalAveragePooling1D()(features))


def picture_norm(weights, picture):
    layer = layers.BatchNormalization()
    layer.build(picture.shape)
    layer.set_weights([weights[f"picture/{part}"] for part in ("scale", "shift", "mean", "variance")])
    return layer


def show_and_tell(case):
    """Logits of Show and Tell: Keras' LSTM layers read the picture and then the words."""
    options, weights, features, words = inputs_of(case)
    tied = options["tiedEmbedding"]
    picture = projected_picture(weights, features)
    if options["batchNorm"]:
        picture = picture_norm(weights, picture)(picture, training=case["training"])
    vectors = word_vectors(weights, words, tied)
    x = keras.ops.concatenate([keras.ops.expand_dims(picture, 1), vectors], 1)
    for i in range(options["lstmLayers"]):
        layer = layers.LSTM(options["units"], return_sequences=True)
        layer.build(x.shape)
        layer.set_weights([weights[f"lstm{i}/{part}"] for part in ("kernel", "recurrent", "bias")])
        x = layer(x)
    x = x[:, 1:]
    return tied_logits(weights, dense(weights, "to-word", x)) if tied else dense(weights, "softmax", x)


def picture_averages(case):
    """Moving mean and variance of Keras' BatchNormalization after one more batch: [2, embedding]."""
    _, weights, features, _ = inputs_of(case)
    picture = projected_picture(weights, features)
    layer = picture_norm(weights, picture)
    layer(picture, training=True)
    return np.stack([layer.moving_mean, layer.moving_variance])


def positions(steps, width):
    """Vaswani et al. 2017, 3.5, number by number."""
    table = np.zeros((steps, width), "float32")
    for place in range(steps):
        for i in range(0, width, 2):
            angle = place / 10000 ** (i / width)
            table[place, i] = np.sin(angle)
            if i + 1 < width:
                table[place, i + 1] = np.cos(angle)
    return table


def transformer(case):
    """The Transformer's logits after every prefix, and where its last block looked: [batch, steps, regions]."""
    options, weights, features, words = inputs_of(case)
    heads = options["heads"]

    def norm(name, x):
        return layer_norm(weights, f"{name}/scale", f"{name}/shift", x)

    regions = dense(weights, "regions", features) + weights["regions/place"]
    for block in range(options["encoderLayers"]):
        name = f"encoder{block}"
        asking = norm(name, regions)
        regions = regions + multi_head_attention(weights, name, heads, asking, asking)[0]
        if options["feedForward"] > 0:
            regions = feed_forward(weights, name, regions)
    regions = norm("regions", regions)

    tied = options["tiedEmbedding"]
    x = word_vectors(weights, words, tied) + positions(words.shape[1], options["embedding"])
    for block in range(options["layers"]):
        name = f"decoder{block}/words"
        asking = norm(name, x)
        x = x + multi_head_attention(weights, name, heads, asking, asking, causal=True)[0]
        name = f"decoder{block}/regions"
        answer, looked = multi_head_attention(weights, name, heads, norm(name, x), regions)
        x = x + answer
        if options["feedForward"] > 0:
            x = feed_forward(weights, name, x)
    x = norm("final", x)
    return tied_logits(weights, x) if tied else dense(weights, "softmax", x), keras.ops.mean(looked, 1)


def bilstm(case):
    weights = {name: array(weight) for name, weight in case["weights"].items()}
    return bilstm_over_prefixes(weights, case["layers"], array(case["vectors"]))


KINDS = {
    "bilstm": bilstm,
    "cross-attention": lambda case: cross_attention(case)[0],
    "cross-attention-attention": lambda case: cross_attention(case)[1],
    "attention-lstm": lambda case: attention_lstm(case)[0],
    "attention-lstm-attention": lambda case: attention_lstm(case)[1],
    "show-and-tell": show_and_tell,
    "show-and-tell-statistics": picture_averages,
    "transformer": lambda case: transformer(case)[0],
    "transformer-attention": lambda case: transformer(case)[1],
}


def main(cases, results):
    with open(cases) as file:
        given = json.load(file)
    found = {}
    for name, case in given.items():
        if case["kind"] not in KINDS:
            continue
        values = np.array(KINDS[case["kind"]](case))
        found[name] = {"shape": values.shape, "values": values.reshape(-1).tolist()}
    with open(results, "w") as file:
        json.dump(found, file)


main(*sys.argv[1:])
