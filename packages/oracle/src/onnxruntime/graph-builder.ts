import { ProtobufWriter } from './protobuf-writer.ts';

/** A value in a graph, by its name. */
export type Value = string;

/** `TensorProto.DataType` of the types that our graphs take. */
const DATA_TYPES = { float32: 1, int64: 7, float64: 11 } as const;
export type DataType = keyof typeof DATA_TYPES;

/** Axis lengths; a name stands for one that differs from run to run. */
export type Dimensions = readonly (number | string)[];

/** Which of an operator's attributes are floats cannot be told from the number: `{ float: 1 }`. */
export interface FloatAttribute {
  readonly float: number;
}
export type Attributes = Readonly<Record<string, number | readonly number[] | FloatAttribute>>;

/** Operators that only ONNX Runtime has: fused forms of several standard ones. */
export const MICROSOFT = 'com.microsoft';

// Versions of the file format and of the operators, which fix what each operator means.
const IR_VERSION = 10;
const OPERATOR_SET = 21;
const FLOAT_ATTRIBUTE = 1;
const INTEGER_ATTRIBUTE = 2;
const INTEGERS_ATTRIBUTE = 7;

/**
 * Builds an ONNX model: nodes in the order of their computation, each naming what it reads. (Field numbers
 * are those of onnx.proto.)
 */
export class GraphBuilder {
  readonly #nodes: ProtobufWriter[] = [];
  readonly #inputs: ProtobufWriter[] = [];
  readonly #outputs: ProtobufWriter[] = [];
  readonly #constants: ProtobufWriter[] = [];
  #values = 0;

  input(name: string, type: DataType, dimensions: Dimensions): Value {
    this.#inputs.push(valueInfo(name, type, dimensions));
    return name;
  }

  /** A node of the standard operators, or of another `domain`, with one output. */
  node(operator: string, inputs: readonly Value[], attributes: Attributes = {}, domain = ''): Value {
    const output = `value_${this.#values++}`;
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    if (domain !== '') node.text(7, domain);
    this.#nodes.push(node);
    return output;
  }

  /** Whole numbers, [length]: the shape of a Reshape. */
  integers(values: readonly number[]): Value {
    const name = `value_${this.#values++}`;
    const tensor = new ProtobufWriter().integer(1, values.length).integer(2, DATA_TYPES.int64).text(8, name);
    this.#constants.push(tensor.bytes(9, new Uint8Array(BigInt64Array.from(values, BigInt).buffer)));
    return name;
  }

  /** Lets `value` be fetched, by its name. */
  output(value: Value, type: DataType, dimensions: Dimensions): void {
    this.#outputs.push(valueInfo(value, type, dimensions));
  }

  /** The model as onnxruntime loads it. */
  encode(): Uint8Array {
    const graph = new ProtobufWriter();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, 'tilewright');
    for (const constant of this.#constants) graph.message(5, constant);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    return new ProtobufWriter()
      .integer(1, IR_VERSION)
      .message(7, graph)
      .message(8, new ProtobufWriter().text(1, '').integer(2, OPERATOR_SET))
      .message(8, new ProtobufWriter().text(1, MICROSOFT).integer(2, 1))
      .encode();
  }
}

function attribute(name: string, value: Attributes[string]): ProtobufWriter {
  const written = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return written.integer(3, value).integer(20, INTEGER_ATTRIBUTE);
  if ('float' in value) return written.float(2, value.float).integer(20, FLOAT_ATTRIBUTE);
  for (const element of value) written.integer(8, element);
  return written.integer(20, INTEGERS_ATTRIBUTE);
}

function valueInfo(name: string, type: DataType, dimensions: Dimensions): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const dimension of dimensions) {
    const written = new ProtobufWriter();
    shape.message(1, typeof dimension === 'number' ? written.integer(1, dimension) : written.text(2, dimension));
  }
  const tensor = new ProtobufWriter().integer(1, DATA_TYPES[type]).message(2, shape);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
