/** The table of bench/micro.ts: what was written on each side, and why where it differs. */
export type Outcome =
  | {
      readonly operators: Readonly<Record<string, number>>;
      /** Undefined where the reference's model does not load. */
      readonly sqnrDb: number | undefined;
      readonly reasons: readonly { readonly reason: string; readonly operators: readonly string[] }[];
    }
  | { readonly refused: string };

interface Row {
  readonly name: string;
  readonly ours: Outcome;
  readonly reference: Outcome;
}

/** Above this a graph stayed in float. */
const FLOAT_DB = 200;
/** Less is rounding of one sample. */
const EQUAL_DB = 0.3;

const SHORT: Readonly<Record<string, string>> = {
  QuantizeLinear: 'Q',
  DequantizeLinear: 'DQ',
  DynamicQuantizeLinear: 'DynQ',
};

const HEAD = `# Micro graphs: operators and error against the reference

Written by \`npx tsx bench/micro.ts FIXTURES/micro\`; not to be edited by hand. Each graph has one to three nodes; each mode
has the same types on both sides, scales per tensor unless it says otherwise, min-max calibration on the same three samples. The
figure is the SQNR of the first output on the first sample against float, optimisations on, in dB; "float" where nothing
that touches that output was quantized. The reference is onnxruntime.quantization 1.30.0 with its defaults.

Rules that explain the differences:

- **lone**: a graph in which nothing multiplies is refused as \`nothing_quantized\`: alone, an activation or a pooling in
  8 bits is two conversions and an error for no gain. The reference writes it.
- **between**: an operator that is no product joins only where it reads quantized values and is read by a quantized node
  (ADR 3). The last one in front of a graph output stays float, and so does what stands alone behind a product.
- **no form**: the operator has no 8-bit form here, or none in this mode, and stays float with the reason in the report.
- **folded**: BatchNormalization is folded into the weights before they are quantized, and so is a constant that is added;
  MatMul and Add become a Gemm between Reshapes. What the reference leaves in float is then in 8 bits here: conv_bn is
  below it for that reason, and it has one operator less to run.
- **clip kept**: a Clip is absorbed only where the quantizer behind it saturates no later than it does on either side;
  here it would not, so it stays. The reference takes it out.
- **float result**: a MatMul or Gemm whose result nobody reads in 8 bits gives float32, which integer kernels do as well.
- **shared**: equal scales and zero points, encoded weights and quantized inputs are written once.
- **noise**: the same operators; the rest is the rounding of one sample, where one side is nearer by chance, as the
  reference is on conv_GlobalAveragePool per channel, whose output has a few elements. "above" and "below" are counted for differences of more than 0.3 dB.

`;

export function renderMicro(modes: ReadonlyMap<string, readonly Row[]>): string {
  const parts = [...modes].map(([mode, rows]) => `## ${mode}\n\n${summary(rows)}\n\n${table(rows)}\n`);
  return HEAD + parts.join('\n');
}

function summary(rows: readonly Row[]): string {
  const pairs = rows.flatMap(row => {
    const [ours, reference] = [db(row.ours), db(row.reference)];
    return ours === undefined || reference === undefined || reference > FLOAT_DB ? [] : [ours - reference];
  });
  const count = (test: (difference: number) => boolean): number => pairs.filter(test).length;
  const refused = rows.filter(({ ours }) => 'refused' in ours).length;
  return (
    `Of ${pairs.length} graphs that both quantize: ${count(d => d > EQUAL_DB)} above the reference, ` +
    `${count(d => Math.abs(d) <= EQUAL_DB)} equal, ${count(d => d < -EQUAL_DB)} below. Refused here: ${refused}.`
  );
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(row => `| ${cells(row).join(' | ')} |`);
  return ['| graph | ours | reference | ours | ref. | why |', '|---|---|---|---|---|---|', ...lines].join(
    '\n',
  );
}

function cells(row: Row): readonly string[] {
  const { name, ours, reference } = row;
  return [name, operators(ours), operators(reference), figure(ours), figure(reference), why(row)];
}

function operators(outcome: Outcome): string {
  if ('refused' in outcome) return outcome.refused.split(':')[0] ?? '';
  return Object.entries(outcome.operators)
    .map(([name, count]) => {
      const short = SHORT[name] ?? name.replace('com.microsoft.', '');
      return count === 1 ? short : `${short}×${count}`;
    })
    .sort()
    .join(' ');
}

const db = (outcome: Outcome): number | undefined => ('refused' in outcome ? undefined : outcome.sqnrDb);

function figure(outcome: Outcome): string {
  const value = db(outcome);
  return value === undefined ? '–' : value > FLOAT_DB ? 'float' : value.toFixed(1);
}

function why(row: Row): string {
  const { ours, reference } = row;
  if ('refused' in ours) return 'lone';
  if ('refused' in reference) return 'the reference fails';
  if (operators(ours) === operators(reference)) return difference(row) === '' ? '' : 'noise';
  const rules = new Set<string>();
  for (const { reason, operators: types } of ours.reasons)
    rules.add(`${reason.includes('between quantized') ? 'between' : 'no form'}: ${types.join(', ')}`);
  if (keeps('Clip', ours, reference)) rules.add('clip kept');
  if (keeps('Gemm', ours, reference) || FOLDED.some(type => keeps(type, reference, ours)))
    rules.add('folded');
  if (rules.size === 0) rules.add(keeps('QuantizeLinear', reference, ours) ? 'float result' : 'shared');
  return [...rules].join('; ');
}

const FOLDED = ['BatchNormalization', 'Clip', 'Relu', 'Add'];

/** Whether one side has more of an operator than the other. */
function keeps(type: string, one: Outcome, other: Outcome): boolean {
  if ('refused' in one || 'refused' in other) return false;
  return (one.operators[type] ?? 0) > (other.operators[type] ?? 0);
}

function difference({ ours, reference }: Row): string {
  const [a, b] = [db(ours), db(reference)];
  return a !== undefined && b !== undefined && Math.abs(a - b) > EQUAL_DB ? (a - b).toFixed(1) : '';
}
