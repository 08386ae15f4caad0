import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { nativeBackend, type Attribute } from '../execute';
import type { Endpoint, GraphNode, Recording } from './recorder';
import { proto, type AttrValue, type NodeDef } from './proto';

/** A graph that TensorFlow has loaded. Names are of nodes, to be fed and fetched. */
export interface LoadedGraph {
  session: number;
  inputs: string;
  outputs: string;
}

/**
 * Writes a recorded graph as a SavedModel, loads it and removes the files again.
 * Outputs become Identity nodes, since only output 0 of a node can be fetched.
 *
 * @throws Error with TensorFlow's message where an operation does not fit into a graph
 */
export function loadGraph(binding: TFJSBinding, recording: Recording): LoadedGraph {
  const folder = mkdtempSync(path.join(tmpdir(), 'captioner-graph-'));
  try {
    const outputs = writeGraph(binding, recording, folder);
    const session = binding.loadSavedModel(folder, 'serve');
    return { session, inputs: recording.inputs.join(','), outputs: outputs.join(',') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Feeds a loaded graph its inputs and fetches its outputs. */
export function runGraph({ session, inputs, outputs }: LoadedGraph, values: tf.Tensor[]): tf.Tensor[] {
  const backend = nativeBackend();
  return backend.binding
    .runSavedModel(session, backend.getInputTensorIds(values), inputs, outputs)
    .map((metadata) => backend.createOutputTensor(metadata));
}

/**
 * Writes a recorded graph into a folder, as `saved_model.pb`.
 * @returns the names of the outputs
 */
export function writeGraph(binding: TFJSBinding, recording: Recording, folder: string): string[] {
  const outputs = recording.outputs.map((_, i) => `output_${i}`);
  const graph = new proto.GraphDef();
  const attributes = new AttributeWriter(binding);
  const types = typesOf(recording.nodes);
  const nodes = recording.nodes.map((node) => nodeDef(node, attributes, types));
  recording.outputs.forEach((endpoint, i) => {
    // One output that waits for all effects is enough: all outputs are fetched together.
    const after = i === 0 ? recording.effects : [];
    nodes.push(identity(outputs[i], endpoint, types.get(nameOf(endpoint))!, after, attributes));
  });
  graph.setNodeList(nodes);
  graph.setVersions(versions());
  writeFileSync(path.join(folder, 'saved_model.pb'), savedModel(graph));
  return outputs;
}

function savedModel(graph: InstanceType<typeof proto.GraphDef>): Uint8Array {
  const info = new proto.MetaGraphDef.MetaInfoDef();
  info.setTagsList(['serve']);
  const metaGraph = new proto.MetaGraphDef();
  metaGraph.setMetaInfoDef(info);
  metaGraph.setGraphDef(graph);
  const model = new proto.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.setMetaGraphsList([metaGraph]);
  return model.serializeBinary();
}

/** Graph version 1087 is old enough for every TensorFlow 2 and new enough for the operations used. */
function versions(): InstanceType<typeof proto.VersionDef> {
  const result = new proto.VersionDef();
  result.setProducer(1087);
  result.setMinConsumer(0);
  return result;
}

function nodeDef(node: GraphNode, attributes: AttributeWriter, types: Map<string, number>): NodeDef {
  const def = new proto.NodeDef();
  def.setName(node.name);
  const map = def.getAttrMap();
  switch (node.kind) {
    case 'placeholder':
      def.setOp('Placeholder');
      map.set('dtype', attributes.type(node.dtype));
      map.set('shape', attributes.shape(node.shape));
      break;
    case 'constant':
      def.setOp('Const');
      map.set('dtype', attributes.type(node.dtype));
      map.set('value', attributes.tensor(node.dtype, node.shape, node.values));
      break;
    case 'cast':
      def.setOp('Cast');
      def.setInputList([nameOf(node.input)]);
      map.set('SrcT', attributes.type(node.from));
      map.set('DstT', attributes.type(node.to));
      break;
    case 'operation':
      def.setOp(node.op);
      def.setInputList([...node.inputs.map(nameOf), ...node.after.map(control)]);
      for (const attribute of node.attributes) map.set(attribute.name, attributes.value(attribute));
      if (node.op === 'ExpandDims' && !map.has('T'))
        map.set('T', attributes.type(types.get(nameOf(node.inputs[0]))!)); // the one that tfjs-node leaves to TensorFlow
  }
  return def;
}

function identity(
  name: string,
  input: Endpoint,
  dtype: number,
  after: string[],
  attributes: AttributeWriter,
): NodeDef {
  const def = new proto.NodeDef();
  def.setName(name);
  def.setOp('Identity');
  def.setInputList([nameOf(input), ...after.map(control)]);
  def.getAttrMap().set('T', attributes.type(dtype));
  return def;
}

/** The type of every endpoint by its name in the graph. */
function typesOf(nodes: GraphNode[]): Map<string, number> {
  const types = new Map<string, number>();
  for (const node of nodes) {
    if (node.kind === 'operation')
      node.dtypes.forEach((dtype, output) => types.set(nameOf({ node: node.name, output }), dtype));
    else types.set(node.name, node.kind === 'cast' ? node.to : node.dtype);
  }
  return types;
}

function nameOf({ node, output }: Endpoint): string {
  return output === 0 ? node : `${node}:${output}`;
}

/** An input that carries no value: the node must have run. */
function control(node: string): string {
  return `^${node}`;
}

/** Turns tfjs-node's attributes into TensorFlow's AttrValue messages. */
class AttributeWriter {
  constructor(private readonly binding: TFJSBinding) {}

  type(dtype: number): AttrValue {
    const result = new proto.AttrValue();
    result.setType(dtype);
    return result;
  }

  shape(shape: number[]): AttrValue {
    const result = new proto.AttrValue();
    result.setShape(shapeMessage(shape));
    return result;
  }

  tensor(dtype: number, shape: number[], values: Float32Array | Int32Array | Uint8Array): AttrValue {
    const message = new proto.Tensor();
    message.setDtype(dtype);
    message.setTensorShape(shapeMessage(shape));
    message.setTensorContent(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    const result = new proto.AttrValue();
    result.setTensor(message);
    return result;
  }

  /** @throws Error for an attribute of a kind that this writer does not know */
  value({ name, type, value }: Attribute): AttrValue {
    const { binding } = this;
    const result = new proto.AttrValue();
    const isList = Array.isArray(value);
    if (type === binding.TF_ATTR_TYPE && !isList) result.setType(value as number);
    else if (type === binding.TF_ATTR_BOOL && !isList) result.setB(value as boolean);
    else if (type === binding.TF_ATTR_SHAPE) result.setShape(shapeMessage(value as number[]));
    else if (type === binding.TF_ATTR_STRING) result.setS(new TextEncoder().encode(value as string));
    else if (type === binding.TF_ATTR_INT && isList) result.setList(list('setIList', value as number[]));
    else if (type === binding.TF_ATTR_INT) result.setI(value as number);
    else if (type === binding.TF_ATTR_FLOAT && isList) result.setList(list('setFList', value as number[]));
    else if (type === binding.TF_ATTR_FLOAT) result.setF(value as number);
    else throw new Error(`attribute ${name} has the kind ${type}, which cannot be written into a graph`);
    return result;
  }
}

function list(setter: 'setIList' | 'setFList', values: number[]) {
  const result = new proto.AttrValue.ListValue();
  result[setter](values);
  return result;
}

function shapeMessage(shape: number[]) {
  const result = new proto.TensorShape();
  result.setDimList(
    shape.map((size) => {
      const dim = new proto.TensorShape.Dim();
      dim.setSize(size);
      return dim;
    }),
  );
  return result;
}
