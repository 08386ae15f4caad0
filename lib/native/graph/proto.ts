/**
 * The protocol-buffer messages of a SavedModel. tfjs-node carries them to read models; they can write too.
 * Only what this room uses is typed.
 */
export interface AttrValue {
  setType(value: number): void;
  setB(value: boolean): void;
  setI(value: number): void;
  setF(value: number): void;
  setS(value: Uint8Array): void;
  setShape(value: object): void;
  setTensor(value: object): void;
  setList(value: object): void;
}

export interface NodeDef {
  setName(value: string): void;
  setOp(value: string): void;
  setInputList(value: string[]): void;
  getAttrMap(): { set(name: string, value: AttrValue): void; has(name: string): boolean };
}

interface Messages {
  AttrValue: (new () => AttrValue) & {
    ListValue: new () => { setIList(value: number[]): void; setFList(value: number[]): void };
  };
  NodeDef: new () => NodeDef;
  GraphDef: new () => { setNodeList(value: NodeDef[]): void; setVersions(value: object): void };
  VersionDef: new () => { setProducer(value: number): void; setMinConsumer(value: number): void };
  Tensor: new () => {
    setDtype(value: number): void;
    setTensorShape(value: object): void;
    setTensorContent(value: Uint8Array): void;
  };
  TensorShape: (new () => { setDimList(value: object[]): void }) & {
    Dim: new () => { setSize(value: number): void };
  };
  MetaGraphDef: (new () => { setMetaInfoDef(value: object): void; setGraphDef(value: object): void }) & {
    MetaInfoDef: new () => { setTagsList(value: string[]): void };
  };
  SavedModel: new () => {
    setSavedModelSchemaVersion(value: number): void;
    setMetaGraphsList(value: object[]): void;
    serializeBinary(): Uint8Array;
  };
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- the generated file has no types
export const proto = require('@tensorflow/tfjs-node-gpu/dist/proto/api_pb') as Messages;
