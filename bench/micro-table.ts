/** The table of bench/micro.ts: what was written on each side, and why where it differs. */
export type Outcome =
  | {
      readonly operators: Readonly<Record<string, number>>;
      /** Undefined where the reference's model does not load. */
      readonly sqnrDb: number | undefined;
      readonly reasons: readonly { readonly reason: string; readonly operators: readonly string[] }[];
    }
  | { readonly refused: string };

/** SQNR over all samples of both sides; undefined where a side made no model that loads. */
export interface ManySamples {
  readonly ours: number | undefined;
  readonly reference: number | undefined;
  /** The reference on the graph after its own preparation, with BatchNormalization folded. */
  readonly folded: number | undefined;
}

export interface Row {
  readonly name: string;
  readonly ours: Outcome;
  readonly reference: Outcome;
  readonly many: ManySamples;
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

Written by \`npx tsx bench/micro.ts FIXTURES/micro REFERENCE\` (REFERENCE by \`python bench/micro-reference.py FIXTURES/micro
REFERENCE\`); not to be edited by hand. Each graph has one to three nodes; each mode has the same types on both sides,
scales per tensor unless it says otherwise, min-max calibration. The reference is onnxruntime.quantization 1.30.0 with its
defaults, and onnxruntime runs both sides. Figures are the SQNR of the first output against float, optimisations on, in dB;
"float" where nothing that touches that output was quantized.

- **1 sample**: calibrated on the three samples that come with the graph, compared on the first of them.
- **64 samples**: calibrated and compared on 64 samples, for both sides the same. A graph with four numbers in its output
  moves by several dB from one sample to the next; this figure does not. **folded** is the reference after
  \`quant_pre_process\`, which folds BatchNormalization as Bitpress does: the same algebra and the same types.

A row is below the reference when it is more than 0.3 dB below on 64 samples. Rules that explain the differences:

- **lone**: a graph in which nothing multiplies is refused as \`nothing_quantized\`: alone, an activation or a pooling in
  8 bits is two conversions and an error for no gain. The reference writes it.
- **between**: an operator that is no product joins only where it reads quantized values and is read by a quantized node
  (ADR 3). The last one in front of a graph output stays float, and so does what stands alone behind a product.
- **no form**: the operator has no 8-bit form here, or none in this mode, and stays float with the reason in the report.
- **folded**: BatchNormalization is folded into the weights before they are quantized, and so is a constant that is added;
  MatMul and Add become a Gemm between Reshapes.
- **clip kept**: a Clip is absorbed only where the quantizer behind it saturates no later than it does on either side;
  here it would not, so it stays. The reference takes it out.
- **float result**: a MatMul or Gemm whose result nobody reads in 8 bits gives float32, which integer kernels do as well.
- **shared**: equal scales and zero points, encoded weights and quantized inputs are written once.
- **wiring**: the same operators, joined otherwise. A node that stays float reads x itself here, and x after rounding there
  (conv_Sub_residual); two convolutions with one bias get the scale of one of them there (conv_conv_shared_bias).

`;

/** What the figures cannot say by themselves; the columns named are evidence anyone can repeat. */
const BELOW = `## Rows below the reference

BatchNormalization multiplies each channel by its own factor, here 0.03 to 0.17. Folded, the factors are in the weights and
in the result of the convolution, and in these modes one scale serves all channels of either: the weaker channels get fewer
of the 256 codes. The reference leaves BatchNormalization in float, behind the product: the factors then shrink the error of
the weaker channels with them, for one more operator over the whole activation. The column "folded" is the reference with
that one thing changed, its own preparation before it: it then gets what Bitpress gets, to the decimal.

The default of every method, a scale per channel, is above the reference's row where the weights are the cause (on the same
64 samples \`dynamic-int8\` 45.6 with int8 and 45.7 with uint8 weights, \`static-int8\` with uint16 activations 49.9) and
1.5 to 1.7 dB below it in QOperator form (39.1), where the result has 8 bits and one scale by definition.

Leaving BatchNormalization in float would win these rows and lose more elsewhere. In a chain of four Conv, BatchNormalization and
Relu (64 channels, 56 by 56, uint8 by int8, the reference writing every form, two threads, medians of runs in turn), QDQ and QOperator:

| form | SQNR | time |
|---|---|---|
| one scale, BatchNormalization in float | 36.1, 36.5 | 1.47 ms, 1.45 ms |
| one scale, folded | 34.6, 34.6 | 0.77 ms, 0.97 ms |
| scale per channel, folded (the default) | 39.9, 40.0 | 1.12 ms, 1.11 ms |

`;

export function renderMicro(modes: ReadonlyMap<string, readonly Row[]>): string {
  const parts = [...modes].map(([mode, rows]) => `## ${mode}\n\n${summary(rows)}\n\n${table(rows)}\n`);
  return HEAD + below(modes) + parts.join('\n');
}

function below(modes: ReadonlyMap<string, readonly Row[]>): string {
  const lines = [...modes].flatMap(([mode, rows]) =>
    rows
      .filter(row => (difference(row) ?? 0) < -EQUAL_DB)
      .map(({ name, many }) => `| ${[mode, name, ...manyFigures(many)].join(' | ')} |`),
  );
  if (lines.length === 0) return '';
  return `${BELOW}| mode | graph | ours | ref. | folded |\n|---|---|---|---|---|\n${lines.join('\n')}\n\n`;
}

const manyFigures = ({ ours, reference, folded }: ManySamples): readonly string[] =>
  [ours, reference, folded].map(figure);

function summary(rows: readonly Row[]): string {
  const differences = rows.flatMap(row => difference(row) ?? []);
  const count = (test: (difference: number) => boolean): number => differences.filter(test).length;
  const refused = rows.filter(({ ours }) => 'refused' in ours).length;
  return (
    `Of ${differences.length} graphs that both quantize: ${count(d => d > EQUAL_DB)} above the reference, ` +
    `${count(d => Math.abs(d) <= EQUAL_DB)} equal, ${count(d => d < -EQUAL_DB)} below. Refused here: ${refused}.`
  );
}

function table(rows: readonly Row[]): string {
  const head =
    '| graph | ours | reference | 1 sample: ours | ref. | 64 samples: ours | ref. | folded | why |\n' +
    '|---|---|---|---|---|---|---|---|---|';
  return [head, ...rows.map(row => `| ${cells(row).join(' | ')} |`)].join('\n');
}

function cells(row: Row): readonly string[] {
  const { name, ours, reference, many } = row;
  return [
    name,
    operators(ours),
    operators(reference),
    figure(db(ours)),
    figure(db(reference)),
    ...manyFigures(many),
    why(row),
  ];
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

function figure(value: number | undefined): string {
  return value === undefined ? '–' : value > FLOAT_DB ? 'float' : value.toFixed(1);
}

function why(row: Row): string {
  const { ours, reference } = row;
  if ('refused' in ours) return 'lone';
  if ('refused' in reference) return 'the reference fails';
  if (operators(ours) === operators(reference)) {
    const [one, other] = [db(ours), db(reference)];
    return one !== undefined && other !== undefined && Math.abs(one - other) > EQUAL_DB ? 'wiring' : '';
  }
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

/** In dB, where both sides quantize. */
function difference({ many: { ours, reference } }: Row): number | undefined {
  return ours === undefined || reference === undefined || reference > FLOAT_DB ? undefined : ours - reference;
}
