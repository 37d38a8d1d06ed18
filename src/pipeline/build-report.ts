/**
 * Puts the figures of the stages together into a report. Pure: the same results give the same report.
 */
import type { ModelFigures, OutputEvidence, Report } from '../contracts/report.ts';
import { REPORT_VERSION } from '../contracts/report-version.ts';
import { metricLoss } from '../core/metrics/metric.ts';
import { adviceFor } from './advice.ts';
import { evaluateGates, verdictOf } from './gates.ts';
import { headlineOf } from './headline.ts';
import {
  CONTESTANTS,
  type ModelEvidence,
  type NodeOutcome,
  type OutputComparisonEvidence,
  type StageResults,
} from './stage-results.ts';

export function buildReport(results: StageResults): Report {
  const outputs = results.outputs.map(outputEvidence);
  const comparison = compare(results, outputs);
  const accuracy = accuracyOf(results);
  const gates = evaluateGates(results.gates, {
    ...comparison,
    ...(accuracy && { accuracyDrop: accuracy.drop, isAccuracy: accuracy.isAccuracy }),
  });
  const values = [...results.values].sort((a, b) => a.sqnrDb - b.sqnrDb);
  const { benchmark, calibration, saturation, source, host } = results;
  const facts: Omit<Report, 'headline'> = {
    schemaVersion: REPORT_VERSION,
    verdict: verdictOf(gates),
    gates: [...gates],
    warnings: [...results.warnings],
    advice: [...adviceFor({ ...results, values }, comparison)],
    model: results.model,
    method: { ...results.method, options: { ...results.method.options } },
    ...(results.search && { search: results.search }),
    models: {
      ...(source && { source: figures(source, 'source', results) }),
      reference: figures(results.reference, 'reference', results),
      artifact: figures(results.artifact, 'artifact', results),
    },
    comparison,
    structure: {
      quantizedNodes: results.nodes.filter(node => node.outcome === 'quantized').length,
      absorbedNodes: results.nodes.filter(node => node.outcome === 'absorbed').length,
      floatNodes: floatNodes(results.nodes).length,
      difference: difference(results.reference.statistics.operators, results.artifact.statistics.operators),
    },
    ...(accuracy && { accuracy }),
    outputs,
    comparedSamples: results.comparedSamples,
    values,
    floatReasons: floatReasons(results.nodes),
    floatNodes: floatNodes(results.nodes),
    ...(calibration && { calibration }),
    ...(saturation && { saturation: [...saturation] }),
    repair: {
      enabled: results.repair.enabled,
      rounds: results.repair.rounds.map(round => ({ ...round, released: [...round.released] })),
    },
    ...(benchmark && {
      benchmark: {
        rounds: benchmark.result.rounds,
        runs: benchmark.result.runs,
        threads: benchmark.threads,
      },
    }),
    stageMs: { ...results.stageMs },
    host: {
      cpuModel: host.cpuModel,
      cores: host.cores,
      int8Instructions: [...host.int8Instructions],
      platform: host.platform,
    },
    provenance: results.provenance,
  };
  return { ...facts, headline: headlineOf(facts) };
}

const TITLES = { source: 'source', reference: 'fp32' } as const;

function figures(
  { engine, fileBytes, compressedBytes, statistics, memory, score }: ModelEvidence,
  role: keyof typeof CONTESTANTS,
  { benchmark, method, model }: StageResults,
): ModelFigures {
  const latency = benchmark?.result.latencies.find(({ id }) => id === CONTESTANTS[role]);
  const title = role === 'artifact' ? method.id : role === 'source' ? model.format : TITLES[role];
  return {
    title,
    engine,
    fileBytes,
    ...(compressedBytes !== undefined && { compressedBytes }),
    weightBytes: statistics.weightBytes,
    parameters: statistics.parameters,
    nodes: statistics.nodes,
    operators: { ...statistics.operators },
    ...(score !== undefined && Number.isFinite(score) && { score }),
    ...(latency && { latency: { p50Ms: latency.p50, p90Ms: latency.p90, p99Ms: latency.p99 } }),
    ...(memory && { memory }),
  };
}

function compare(
  { reference, artifact, benchmark }: StageResults,
  outputs: readonly OutputEvidence[],
): Report['comparison'] {
  const latency = benchmark?.result.latencies.find(({ id }) => id === CONTESTANTS.artifact);
  const baseline = benchmark?.result.latencies.find(({ id }) => id === CONTESTANTS.reference);
  // Speed-ups are against the first contestant, which must be the reference.
  const speed = latency && baseline && baseline.speedup === 1 ? latency : undefined;
  const decibels = outputs.flatMap(({ sqnrDb, sqnrDbUnoptimized }) =>
    [sqnrDb, sqnrDbUnoptimized].filter(each => each !== undefined),
  );
  const ratio = (name: string, a: number | undefined, b: number | undefined): Record<string, number> =>
    a !== undefined && b !== undefined && b > 0 ? { [name]: a / b } : {};
  return {
    ...ratio('sizeRatio', artifact.fileBytes, reference.fileBytes),
    ...ratio('compressedRatio', artifact.compressedBytes, reference.compressedBytes),
    ...ratio('weightRatio', artifact.statistics.weightBytes, reference.statistics.weightBytes),
    ...ratio('memoryRatio', artifact.memory?.peakBytes, reference.memory?.peakBytes),
    ...(speed && {
      speedup: speed.speedup,
      speedupLow: speed.interval.low,
      speedupHigh: speed.interval.high,
    }),
    ...(decibels.length > 0 && { minSqnrDb: Math.min(...decibels) }),
  };
}

function accuracyOf({ accuracy, reference, artifact }: StageResults): Report['accuracy'] {
  if (!accuracy || reference.score === undefined || artifact.score === undefined) return undefined;
  const { metric, output, samples } = accuracy;
  return {
    metric: metric.id,
    title: metric.title,
    unit: metric.unit,
    higherIsBetter: metric.higherIsBetter,
    isAccuracy: metric.accuracy,
    output,
    samples,
    drop: boundedLoss(metricLoss(metric, reference.score, artifact.score)),
  };
}

/** JSON has no infinity: a score that is not finite, or lost against a perfect one, lost more than any limit allows. */
function boundedLoss(loss: number): number {
  return Number.isNaN(loss) ? Number.MAX_SAFE_INTEGER : Math.min(loss, Number.MAX_SAFE_INTEGER);
}

function outputEvidence({ name, optimized, unoptimized }: OutputComparisonEvidence): OutputEvidence {
  const { sqnrDb, cosine, agreement, maxAbsError } = optimized;
  return {
    name,
    ...(sqnrDb !== undefined && { sqnrDb }),
    ...(unoptimized?.sqnrDb !== undefined && { sqnrDbUnoptimized: unoptimized.sqnrDb }),
    ...(cosine !== undefined && { cosine }),
    maxAbsError,
    ...(agreement !== undefined && { agreement }),
    finite: optimized.finite && (unoptimized?.finite ?? true),
  };
}

function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = names.map(name => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const);
  return Object.fromEntries(
    changes.filter(([, change]) => change !== 0).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)),
  );
}

function floatNodes(nodes: readonly NodeOutcome[]): Report['floatNodes'] {
  return nodes.flatMap(({ node, opType, outcome }) =>
    typeof outcome === 'string'
      ? []
      : [{ node, opType, code: outcome.float.code, reason: outcome.float.text }],
  );
}

function floatReasons(nodes: readonly NodeOutcome[]): Report['floatReasons'] {
  const byCode = new Map<string, { reason: string; count: number; operators: Map<string, number> }>();
  for (const { code, reason, opType } of floatNodes(nodes)) {
    const entry = byCode.get(code) ?? { reason, count: 0, operators: new Map<string, number>() };
    entry.count++;
    entry.operators.set(opType, (entry.operators.get(opType) ?? 0) + 1);
    byCode.set(code, entry);
  }
  return [...byCode]
    .map(([code, entry]) => ({ code, ...entry, operators: Object.fromEntries(entry.operators) }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
