"""Times the operations of graphs, each by itself.

usage: trace.py TOP FOLDER...

Each FOLDER holds saved_model.pb as lib/native/graph writes it. Operations run one after the other, each on all cores, so their
times add up to somewhat more than a step takes. Inputs are random.
"""

import collections
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import saved_model_pb2

RUNS = 5


def main(top, folders):
    kinds = collections.defaultdict(lambda: [0.0, 0, 0.0])
    for folder in folders:
        count(traces_of(folder), kinds)
    total = sum(ms for ms, _, _ in kinds.values())
    print(f"{total:8.1f} ms in all operations, one after the other")
    for kind, (ms, count_, work) in sorted(kinds.items(), key=lambda item: -item[1][0])[:top]:
        rate = f"{work:8.1f} GFLOP, {1000 * work / ms:.0f} GFLOP/s" if work else ""
        print(f"{ms:8.1f} ms {100 * ms / total:5.1f} %  {count_:5d} x {kind:32s}{rate}".rstrip())


def traces_of(folder):
    model = saved_model_pb2.SavedModel()
    with open(os.path.join(folder, "saved_model.pb"), "rb") as file:
        model.ParseFromString(file.read())
    definition = model.meta_graphs[0].graph_def
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    random = np.random.default_rng(1)

    def fed(prefix):
        placeholders = (node for node in definition.node if node.op == "Placeholder" and node.name.startswith(prefix))
        return {f"{node.name}:0": value_of(node, random) for node in placeholders}

    inputs = fed("input_")
    outputs = [f"{node.name}:0" for node in definition.node if node.name.startswith("output_")]
    one_by_one = tf.ConfigProto(inter_op_parallelism_threads=1)
    with tf.Session(graph=graph, config=one_by_one) as session:
        if initial := fed("initial_"):
            session.run("initialized:0", initial)
        for _ in range(2):
            session.run(outputs, inputs)
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, output_partition_graphs=True)
        traces = []
        for _ in range(RUNS):
            trace = tf.RunMetadata()
            session.run(outputs, inputs, options=options, run_metadata=trace)
            traces.append(trace)
    return traces


def value_of(node, random):
    shape = [size.size for size in node.attr["shape"].shape.dim]
    if node.attr["dtype"].type == tf.int32.as_datatype_enum:
        return random.integers(0, 2, shape, dtype=np.int32)  # words and rows that exist
    return random.uniform(0, 0.02, shape).astype(np.float32)


def count(traces, kinds):
    """Adds time, number and work of the operations of each kind."""
    nodes = {node.name: node for graph in traces[0].partition_graphs for node in graph.node}
    times, shapes = collections.Counter(), {}
    for trace in traces:
        for device in trace.step_stats.dev_stats:
            for one in device.node_stats:
                times[one.node_name] += (one.op_end_rel_micros - one.op_start_rel_micros) / 1000 / RUNS
                for output in one.output:
                    sizes = [size.size for size in output.tensor_description.shape.dim]
                    shapes[f"{one.node_name}:{output.slot}"] = sizes
    for name, ms in times.items():
        if name in nodes:
            kind = kinds[nodes[name].op.replace("_MklNative", "").replace("_Mkl", "")]
            kind[0] += ms
            kind[1] += 1
            kind[2] += gflop(nodes[name], shapes)


def gflop(node, shapes):
    """Of a matrix product; 0 of anything else."""
    if "MatMul" not in node.op:
        return 0.0
    first, result = (shapes.get(name if ":" in name else f"{name}:0") for name in (node.input[0], node.name))
    if not first or not result:
        return 0.0
    transposed = node.attr["adj_x"].b or node.attr["transpose_a"].b
    return 2e-9 * float(np.prod(result)) * first[-2 if transposed else -1]


main(int(sys.argv[1]), sys.argv[2:])
