"""InceptionV3 in onnxruntime: the network that keras_inception.py described, with the same weights."""

import json

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

from tensors import under


def pooling(layer, op, **attributes):
    """Pooling with the same padding on both sides; what is padded does not count."""
    size = layer["pool_size"]
    pads = [(n - 1) // 2 if layer["padding"] == "same" else 0 for n in size] * 2
    return op, dict(kernel_shape=size, strides=layer["strides"], pads=pads, **attributes)


def graph_of(network, weights, batch):
    """The layers as nodes; channels come first."""
    nodes, constants = [], []

    def constant(name, values):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values, "float32"), name))
        return name

    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))

    node("Div", ["pixels", constant("half", np.array(127.5))], "scaled")
    node("Sub", ["scaled", constant("one", np.array(1.0))], network["input"])
    for layer in network["layers"]:
        name, kind, inputs = layer["name"], layer["kind"], layer["inputs"]
        if kind == "Conv2D":
            kernel = weights[f"conv2d_{layer['number']}/kernel"]
            pads = [(n - 1) // 2 if layer["padding"] == "same" else 0 for n in kernel.shape[:2]] * 2
            kernel = constant(f"{name}/kernel", kernel.transpose(3, 2, 0, 1))
            node("Conv", [*inputs, kernel], name, strides=layer["strides"], pads=pads)
        elif kind == "BatchNormalization":
            bias = weights[f"conv2d_{layer['number']}/bias"]
            values = {"scale": np.ones_like(bias), "bias": bias, "mean": np.zeros_like(bias)}
            values["variance"] = np.full_like(bias, 1 - 1e-3)
            parts = [constant(f"{name}/{part}", value) for part, value in values.items()]
            node("BatchNormalization", [*inputs, *parts], name, epsilon=1e-3)
        elif kind == "Activation":
            node("Relu", inputs, name)
        elif kind == "Concatenate":
            node("Concat", inputs, name, axis=1)
        elif kind == "MaxPooling2D":
            op, attributes = pooling(layer, "MaxPool")
            node(op, inputs, name, **attributes)
        elif kind == "AveragePooling2D":
            op, attributes = pooling(layer, "AveragePool", count_include_pad=0)
            node(op, inputs, name, **attributes)
        else:
            raise ValueError(f"{kind} has no node yet")
    last = network["layers"][-1]["name"]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [batch, 3, 299, 299])
    features = helper.make_tensor_value_info(last, TensorProto.FLOAT, [batch, 2048, 8, 8])
    return helper.make_graph(nodes, "InceptionV3", [pixels], [features], constants)


class Peer:
    def __init__(self, task, arrays):
        with open(task["layers"]) as file:
            network = json.load(file)
        self.pixels = np.ascontiguousarray(arrays["pixels"].transpose(0, 3, 1, 2))
        graph = graph_of(network, under(arrays, "weights/"), len(self.pixels))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 10
        checker.check_model(model)
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )

    def run(self):
        return self.session.run(None, {"pixels": self.pixels})[0]

    def check(self):
        """The means of the first channels."""
        return self.run().mean((0, 2, 3))[:16]

    def round(self):
        self.run()
