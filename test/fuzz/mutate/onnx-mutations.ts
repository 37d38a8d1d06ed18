/**
 * Mutations that know ONNX: each takes one thing of a model that is right and makes it something else.
 *
 * Invariant: a mutation edits the tree in place and says whether it found a place for it. Adding one is one entry.
 */
import type { Random } from '../random.ts';
import { FLOATS, INTEGERS, LOCATIONS, OPERATORS, TEXTS } from './interesting.ts';
import {
  cloneField,
  type Field,
  intField,
  isTree,
  type Kind,
  messageField,
  messages,
  messagesOf,
  setFields,
  type Tree,
  textField,
  textOf,
} from './message-tree.ts';

/** @param donors other models, to take parts from */
export type Mutation = (model: Tree, random: Random, donors: readonly Tree[]) => boolean;

const oneOf = (model: Tree, random: Random, kind: Kind): Tree | undefined =>
  random.pick(messagesOf(model, kind));

/** Every name that a value of the model bears. */
const valueNames = (model: Tree): readonly string[] => [
  ...messagesOf(model, 'node').flatMap(node =>
    node.fields.flatMap(({ number, value }) =>
      number === 2 && value instanceof Uint8Array ? [new TextDecoder().decode(value)] : [],
    ),
  ),
  ...messagesOf(model, 'tensor').map(tensor => textOf(tensor, 8)),
  ...messagesOf(model, 'valueInfo').map(info => textOf(info, 1)),
];

const anyField = (model: Tree, random: Random): { owner: Tree; index: number } | undefined => {
  const owners = [...messages(model)].filter(({ fields }) => fields.length > 0);
  const owner = random.pick(owners);
  return owner && { owner, index: random.below(owner.fields.length) };
};

const integer = (random: Random): bigint =>
  random.chance(0.3) ? BigInt(random.below(300)) : (random.pick(INTEGERS) ?? 0n);

const float32 = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);

export const ONNX_MUTATIONS: Readonly<Record<string, Mutation>> = {
  dropField(model, random) {
    const place = anyField(model, random);
    place?.owner.fields.splice(place.index, 1);
    return place !== undefined;
  },
  repeatField(model, random) {
    const place = anyField(model, random);
    const field = place?.owner.fields[place.index];
    if (!field) return false;
    for (let times = random.chance(0.1) ? 1000 : 1; times > 0; times--)
      place.owner.fields.push(cloneField(field));
    return true;
  },
  renumberField(model, random) {
    const place = anyField(model, random);
    const field = place?.owner.fields[place.index];
    if (field) field.number = 1 + random.below(26);
    return field !== undefined;
  },
  number(model, random) {
    const fields = [...messages(model)].flatMap(({ fields }) => fields.filter(({ wire }) => wire === 0));
    const field = random.pick(fields);
    if (field) field.value = BigInt.asUintN(64, integer(random));
    return field !== undefined;
  },
  text(model, random) {
    const owners = [...messages(model)].filter(({ kind }) => kind !== 'tensor' && kind !== 'shape');
    const owner = random.pick(owners);
    const field = owner && random.pick(owner.fields.filter(({ value }) => value instanceof Uint8Array));
    if (field) field.value = textField(0, random.pick(TEXTS) ?? '').value;
    return field !== undefined;
  },
  cutPayload(model, random) {
    const tensor = oneOf(model, random, 'tensor');
    const field = tensor?.fields.find(({ number }) => number === 9 || number === 4);
    if (!(field?.value instanceof Uint8Array)) return false;
    field.value = random.chance(0.7)
      ? field.value.subarray(0, random.below(field.value.length))
      : Buffer.concat([field.value, field.value]);
    return true;
  },
  payloadValues(model, random) {
    const tensor = oneOf(model, random, 'tensor');
    const field = tensor?.fields.find(({ number }) => number === 9 || number === 4);
    if (!(field?.value instanceof Uint8Array) || field.value.length < 4) return false;
    const copy = Uint8Array.from(field.value);
    const value = float32(random.pick(FLOATS) ?? 0);
    const all = random.chance(0.2);
    const start = 4 * random.below(Math.floor(copy.length / 4));
    for (let at = all ? 0 : start; at + 4 <= (all ? copy.length : start + 4); at += 4) copy.set(value, at);
    field.value = copy;
    return true;
  },
  dims(model, random) {
    const tensor = oneOf(model, random, 'tensor');
    if (!tensor) return false;
    const dims = tensor.fields.filter(({ number, wire }) => number === 1 && wire === 0);
    switch (random.below(4)) {
      case 0:
        setFields(tensor, 1, ...dims, intField(1, integer(random)));
        return true;
      case 1:
        setFields(tensor, 1, ...dims.slice(1));
        return true;
      case 2:
        setFields(tensor, 1, ...dims.reverse());
        return true;
      default:
        if (dims.length > 0) setFields(tensor, 1, ...dims.with(0, intField(1, integer(random))));
        return dims.length > 0;
    }
  },
  tensorType(model, random) {
    const tensor = oneOf(model, random, 'tensor');
    if (tensor) setFields(tensor, 2, intField(2, random.below(27)));
    return tensor !== undefined;
  },
  externalData(model, random) {
    const tensor = oneOf(model, random, 'tensor');
    if (!tensor) return false;
    const entry = (key: string, value: string): Field =>
      messageField(13, 'entry', [textField(1, key), textField(2, value)]);
    const entries = [entry('location', random.pick(LOCATIONS) ?? '')];
    if (random.chance(0.5)) entries.push(entry('offset', String(integer(random))));
    if (random.chance(0.5)) entries.push(entry('length', String(integer(random))));
    if (random.chance(0.8)) setFields(tensor, 9);
    setFields(tensor, 13, ...entries);
    setFields(tensor, 14, intField(14, random.chance(0.8) ? 1 : 0));
    return true;
  },
  valueType(model, random) {
    const type = oneOf(model, random, 'tensorType');
    if (type) setFields(type, 1, intField(1, random.below(27)));
    return type !== undefined;
  },
  valueShape(model, random) {
    const shape = oneOf(model, random, 'shape');
    if (!shape) return false;
    const dim = random.chance(0.3) ? textField(2, 'N') : intField(1, integer(random));
    const made = messageField(1, 'dimension', [dim]);
    if (shape.fields.length === 0 || random.chance(0.3)) shape.fields.push(made);
    else shape.fields[random.below(shape.fields.length)] = made;
    return true;
  },
  opset(model, random) {
    const opset = oneOf(model, random, 'opset');
    if (opset) setFields(opset, 2, intField(2, random.chance(0.8) ? 1 + random.below(27) : integer(random)));
    return opset !== undefined;
  },
  operator(model, random) {
    const node = oneOf(model, random, 'node');
    if (node) setFields(node, 4, textField(4, random.pick(OPERATORS) ?? ''));
    return node !== undefined;
  },
  domain(model, random) {
    const node = oneOf(model, random, 'node');
    const domains = ['', 'ai.onnx', 'com.microsoft', 'ai.onnx.ml', 'evil.corp', 'local'];
    if (node) setFields(node, 7, textField(7, random.pick(domains) ?? ''));
    return node !== undefined;
  },
  wiring(model, random) {
    const node = oneOf(model, random, 'node');
    const ends = node?.fields.filter(({ number }) => number === 1 || number === 2) ?? [];
    const end = random.pick(ends);
    if (end) end.value = textField(0, random.pick(valueNames(model)) ?? '').value;
    return end !== undefined;
  },
  omitInput(model, random) {
    const node = oneOf(model, random, 'node');
    const input = random.pick(node?.fields.filter(({ number }) => number === 1) ?? []);
    if (input) input.value = new Uint8Array();
    return input !== undefined;
  },
  extraInput(model, random) {
    const node = oneOf(model, random, 'node');
    node?.fields.push(textField(1 + random.below(2), random.pick(valueNames(model)) ?? ''));
    return node !== undefined;
  },
  graphOutput(model, random) {
    const graph = oneOf(model, random, 'graph');
    graph?.fields.push(messageField(12, 'valueInfo', [textField(1, random.pick(valueNames(model)) ?? '')]));
    return graph !== undefined;
  },
  initializerAsInput(model, random) {
    const graph = oneOf(model, random, 'graph');
    const tensors = graph?.fields.flatMap(({ number, value }) =>
      number === 5 && isTree(value) ? [value] : [],
    );
    const tensor = random.pick(tensors ?? []);
    if (!graph || !tensor) return false;
    graph.fields.push(messageField(11, 'valueInfo', [textField(1, textOf(tensor, 8))]));
    return true;
  },
  shuffleNodes(model, random) {
    const graph = oneOf(model, random, 'graph');
    if (!graph || graph.fields.length < 2) return false;
    const [a, b] = [random.below(graph.fields.length), random.below(graph.fields.length)];
    [graph.fields[a], graph.fields[b]] = [graph.fields[b]!, graph.fields[a]!];
    return true;
  },
  attributeKind(model, random) {
    const attribute = oneOf(model, random, 'attribute');
    if (attribute) setFields(attribute, 20, intField(20, random.below(16)));
    return attribute !== undefined;
  },
  attributeValue(model, random) {
    const attribute = oneOf(model, random, 'attribute');
    if (!attribute) return false;
    const values = attribute.fields.filter(({ number }) => number === 3 || number === 8);
    const value = random.pick(values);
    if (value && value.wire === 0) value.value = BigInt.asUintN(64, integer(random));
    else if (random.chance(0.5))
      setFields(attribute, 2, { number: 2, wire: 5, value: float32(random.pick(FLOATS)!) });
    else attribute.fields.push(intField(8, integer(random)));
    return true;
  },
  intoSubgraph(model, random) {
    const graph = oneOf(model, random, 'graph');
    const index = graph?.fields.findIndex(({ number }) => number === 1) ?? -1;
    const field = graph?.fields[index];
    if (!graph || !field) return false;
    const outputs = isTree(field.value) ? field.value.fields.filter(({ number }) => number === 2) : [];
    const branch = (name: string): Field =>
      messageField(5, 'attribute', [
        textField(1, name),
        intField(20, 5),
        messageField(6, 'graph', [
          cloneField(field),
          ...outputs.map(
            ({ value }): Field => messageField(12, 'valueInfo', [{ number: 1, wire: 2, value }]),
          ),
        ]),
      ]);
    graph.fields[index] = messageField(1, 'node', [
      textField(1, random.pick(valueNames(model)) ?? ''),
      ...outputs.map(cloneField),
      textField(4, random.pick(['If', 'Loop', 'Scan'])!),
      branch('then_branch'),
      branch(random.pick(['else_branch', 'body'])!),
    ]);
    return true;
  },
  intoFunction(model, random) {
    const node = oneOf(model, random, 'node');
    if (!node) return false;
    const inner = {
      number: 7,
      wire: 2,
      value: { kind: node.kind, fields: node.fields.map(cloneField) },
    } as Field;
    const names = (from: number, to: number): Field[] =>
      node.fields.filter(({ number }) => number === from).map(field => ({ ...field, number: to }));
    model.fields.push(
      messageField(25, 'function', [
        textField(1, 'F'),
        textField(10, 'local'),
        ...names(1, 4),
        ...names(2, 5),
        messageField(9, 'opset', [intField(2, 17)]),
        inner,
      ]),
      messageField(8, 'opset', [textField(1, 'local'), intField(2, 1)]),
    );
    setFields(node, 5);
    setFields(node, 4, textField(4, 'F'));
    setFields(node, 7, textField(7, 'local'));
    return true;
  },
  graft(model, random, donors) {
    const donor = random.pick(donors);
    const target = random.pick([...messages(model)]);
    const source = target && donor && random.pick(messagesOf(donor, target.kind));
    const field = source && random.pick(source.fields);
    if (field) target.fields.push(cloneField(field));
    return field !== undefined;
  },
  transplant(model, random, donors) {
    const donor = random.pick(donors);
    const target = random.pick([...messages(model)].slice(1));
    const source = target && donor && random.pick(messagesOf(donor, target.kind));
    if (source) target.fields = source.fields.map(cloneField);
    return source !== undefined;
  },
};
