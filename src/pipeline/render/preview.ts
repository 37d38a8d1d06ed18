/** A model and the plan for it as text for a terminal. Names are stripped of what could act on the terminal. */
import type { ModelDescription, TensorDescription } from '../../contracts/model.ts';
import type { MethodOutlook, PlannedNode, PlanPreview } from '../../contracts/preview.ts';
import type { Recommendation } from '../../contracts/recommendation.ts';
import { formatBytes, formatCount, formatRatio } from './format.ts';
import { plainText } from './plain-text.ts';
import { table } from './text-table.ts';

export interface DescribedModel extends ModelDescription {
  readonly fileBytes: number;
  readonly methods: readonly MethodOutlook[];
}

export function renderModel(model: DescribedModel): string {
  const { operators, methods, recommendation } = model;
  const nodes = Object.values(operators).reduce((sum, count) => sum + count, 0);
  return [
    `${model.format}, opset ${model.opset}${model.producer ? `, by ${plainText(model.producer)}` : ''}`,
    `${formatBytes(model.fileBytes)}, ${formatCount(model.parameters)} parameters, ${formatCount(nodes)} nodes`,
    '',
    ...model.inputs.map(value => `input   ${signature(value)}`),
    ...model.outputs.map(value => `output  ${signature(value)}`),
    '',
    ...operatorLines(operators),
    ...(methods.length > 0
      ? ['', ...table(['method', 'size', 'of fp32', 'nodes'], methods.map(outlookRow))]
      : []),
    ...(recommendation ? ['', recommended(recommendation)] : []),
    ...model.warnings.map(warning => `\nnote: ${plainText(warning)}`),
  ].join('\n');
}

export function renderPreview({ model, method, nodes, data, ...rest }: PlanPreview): string {
  const { quantizedNodes, absorbedNodes, floatNodes } = method;
  return [
    `${method.title} for ${rest.target}: ${formatCount(quantizedNodes)} nodes quantized, ${formatCount(absorbedNodes)} absorbed, ${formatCount(floatNodes)} float`,
    `${formatBytes(model.fileBytes)} -> about ${formatBytes(method.artifactBytes)} (${formatRatio(method.sizeRatio)}); the job needs about ${formatBytes(rest.memoryBytes)} of memory`,
    `compared on ${formatCount(data.comparedSamples)} samples${data.metric === undefined ? '' : `, scored by ${plainText(data.metric)}`}`,
    ...(rest.candidates
      ? ['', ...table(['candidate', 'size', 'of fp32', 'nodes'], rest.candidates.map(outlookRow))]
      : []),
    '',
    ...table(['node', 'operator', 'outcome', 'why'], nodes.map(nodeRow)),
    '',
    recommended(rest.recommendation),
    ...rest.warnings.map(warning => `note: ${plainText(warning)}`),
  ].join('\n');
}

function operatorLines(operators: Readonly<Record<string, number>>): readonly string[] {
  const names = Object.keys(operators).map(plainText);
  const width = Math.max(0, ...names.map(name => name.length));
  return Object.values(operators).map(
    (count, index) => `${names[index]!.padEnd(width)}  ${formatCount(count)}`,
  );
}

function outlookRow(method: MethodOutlook): readonly string[] {
  if ('problem' in method) return [method.id, '–', '–', plainText(method.problem)];
  const { id, artifactBytes, sizeRatio, quantizedNodes, absorbedNodes, floatNodes } = method;
  const touched = quantizedNodes + absorbedNodes;
  return [
    id,
    formatBytes(artifactBytes),
    formatRatio(sizeRatio),
    `${formatCount(touched)} of ${formatCount(touched + floatNodes)}`,
  ];
}

const nodeRow = ({ node, opType, outcome, reason }: PlannedNode): readonly string[] => [
  plainText(node),
  plainText(opType),
  outcome,
  plainText(reason ?? ''),
];

const recommended = ({ method, target, reason }: Recommendation): string =>
  `recommended: ${method} for ${target}. ${reason}`;

function signature({ name, dtype, shape }: TensorDescription): string {
  const dims = shape.map(dim => plainText(String(dim ?? '?'))).join(', ');
  return `${plainText(name)}: ${plainText(dtype)}[${dims}]`;
}
