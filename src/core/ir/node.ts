/**
 * One operator call. Inputs and outputs are positional; `undefined` is an omitted optional (an empty name on the wire).
 *
 * Invariant: every change of an input goes through `setInput`, which keeps `Value.uses`; outputs are owned by the node
 * and their `producer` is this node.
 */
import type { Attribute } from './attribute.ts';
import type { Use, Value } from './value.ts';

export interface NodeInit {
  readonly opType: string;
  readonly domain?: string;
  readonly name?: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly (Value | undefined)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export class Node {
  opType: string;
  /** '' is the ONNX domain ('ai.onnx' is read as ''). */
  domain: string;
  name: string;
  readonly attributes: Map<string, Attribute>;
  wire: unknown = undefined;
  readonly #inputs: (Value | undefined)[] = [];
  readonly #uses: (Use | undefined)[] = [];
  readonly #outputs: (Value | undefined)[] = [];

  constructor(init: NodeInit) {
    this.opType = init.opType;
    this.domain = init.domain ?? '';
    this.name = init.name ?? '';
    this.attributes = new Map(Object.entries(init.attributes ?? {}));
    init.inputs.forEach((value, index) => {
      this.setInput(index, value);
    });
    init.outputs.forEach((value, index) => {
      this.setOutput(index, value);
    });
  }

  get inputs(): readonly (Value | undefined)[] {
    return this.#inputs;
  }

  get outputs(): readonly (Value | undefined)[] {
    return this.#outputs;
  }

  setInput(index: number, value: Value | undefined): void {
    const old = this.#uses[index];
    if (old) this.#inputs[index]?.uses.delete(old);
    while (this.#inputs.length < index) this.#inputs.push(undefined);
    this.#inputs[index] = value;
    const use = value ? { node: this, index } : undefined;
    this.#uses[index] = use;
    if (value && use) value.uses.add(use);
  }

  /** Drops inputs from `length` on. */
  truncateInputs(length: number): void {
    for (let index = length; index < this.#inputs.length; index++) this.setInput(index, undefined);
    this.#inputs.length = Math.min(length, this.#inputs.length);
    this.#uses.length = this.#inputs.length;
  }

  setOutput(index: number, value: Value | undefined): void {
    const old = this.#outputs[index];
    if (old?.producer === this) old.producer = undefined;
    while (this.#outputs.length < index) this.#outputs.push(undefined);
    this.#outputs[index] = value;
    if (value) value.producer = this;
  }

  /** Operator name with its domain, as shown to people: `Conv`, `com.microsoft.MatMulNBits`. */
  get qualifiedType(): string {
    return this.domain === '' ? this.opType : `${this.domain}.${this.opType}`;
  }

  int(name: string, fallback: number): number {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'int' ? Number(attribute.value) : fallback;
  }

  /** An int that says yes or no, as `transB`: any value but 0 is yes to onnxruntime. */
  flag(name: string): boolean {
    return this.int(name, 0) !== 0;
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'ints' ? attribute.value.map(Number) : undefined;
  }

  float(name: string, fallback: number): number {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'float' ? attribute.value : fallback;
  }

  string(name: string, fallback: string): string {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'string' ? attribute.value : fallback;
  }
}
