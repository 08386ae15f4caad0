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


def cross_attention(weights, name, heads, query, regions):
    """keras.layers.MultiHeadAttention, and its attention averaged over the heads."""
    width, inner = weights[f"{name}/query/kernel"].shape
    size = inner // heads
    layer = layers.MultiHeadAttention(heads, size, output_shape=weights[f"{name}/output/kernel"].shape[1])
    layer.build(query.shape, regions.shape)
    values = []
    for part in ("query", "key", "value"):
        kernel, bias = weights[f"{name}/{part}/kernel"], weights[f"{name}/{part}/bias"]
        values += [kernel.reshape(-1, heads, size), bias.reshape(heads, size)]
    output = weights[f"{name}/output/kernel"]
    values += [output.reshape(heads, size, -1), weights[f"{name}/output/bias"]]
    layer.set_weights(values)
    result, scores = layer(query, regions, return_attention_scores=True)
    return result, scores


def captioner(case):
    """Logits of the cross-attention captioner after every prefix: [batch, steps, words]."""
    options = case["options"]
    weights = {name: array(weight) for name, weight in case["weights"].items()}
    features = array(case["features"])
    words = array(case["words"]).astype("int32")

    regions = features
    if options["splitPooled"] > 0:
        pooled = np.array(layers.GlobalAveragePooling1D()(features))
        regions = pooled.reshape(features.shape[0], options["splitPooled"], -1)
    elif options["residual"]:
        regions = dense(weights, "regions", features) + weights["regions/place"]
        regions = layer_norm(weights, "regions/scale", "regions/shift", regions)

    embedding = layers.Embedding(*weights["embedding"].shape)
    embedding.build(words.shape)
    embedding.set_weights([weights["embedding"]])
    vectors = np.array(embedding(words))
    if options["tiedEmbedding"]:
        vectors = vectors * np.float32(np.sqrt(options["embedding"]))
    x = keras.ops.convert_to_tensor(bilstm_over_prefixes(weights, len(options["lstmUnits"]), vectors))

    for block in range(options["layers"]):
        name = f"block{block}"
        if options["residual"]:
            asking = layer_norm(weights, f"{name}/scale", f"{name}/shift", x)
            x = x + cross_attention(weights, name, options["heads"], asking, regions)[0]
            if options["feedForward"] > 0:
                inner = layer_norm(weights, f"{name}/ff-scale", f"{name}/ff-shift", x)
                inner = dense(weights, f"{name}/ff-in", inner, "relu")
                x = x + dense(weights, f"{name}/ff-out", inner)
        else:
            answer = cross_attention(weights, name, options["heads"], x, regions)[0]
            x = keras.ops.concatenate([x, answer], -1)
    if options["residual"]:
        x = layer_norm(weights, "final/scale", "final/shift", x)
    if options["tiedEmbedding"]:
        vector = dense(weights, "to-word", x)
        return keras.ops.matmul(vector, weights["embedding"].T) + weights["softmax/bias"]
    return dense(weights, "softmax", x)


def bilstm(case):
    weights = {name: array(weight) for name, weight in case["weights"].items()}
    return bilstm_over_prefixes(weights, case["layers"], array(case["vectors"]))


def main(cases, results):
    with open(cases) as file:
        given = json.load(file)
    found = {}
    for name, case in given.items():
        values = np.array({"bilstm": bilstm, "captioner": captioner}[case["kind"]](case))
        found[name] = {"shape": values.shape, "values": values.reshape(-1).tolist()}
    with open(results, "w") as file:
        json.dump(found, file)


main(*sys.argv[1:])
