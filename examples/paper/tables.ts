/** The paper's table as plain cells, for both renderings. */
import type { ModelFigures } from '../../src/contracts/report.ts';
import {
  formatBytes,
  formatCount,
  formatDb,
  formatMs,
  formatPercent,
  orDash,
} from '../../src/pipeline/render/format.ts';
import { CLAIMS, findings } from './claims.ts';
import type { StudyResult } from './run-methods.ts';

export const COLUMNS = [
  'model',
  'engine',
  'nodes',
  'file',
  'parameters, bytes',
  'accuracy',
  'latency p50',
  'float32 in that run',
  'memory, peak',
  'SQNR',
] as const;

/** Source, float ONNX, and one row for each method. */
export function rows({ results }: StudyResult): readonly (readonly string[])[] {
  const [convert] = results;
  const source = convert?.report?.models.source;
  const reference = convert?.report?.models.reference;
  return [
    ...(source ? [row('Keras source', source, reference)] : []),
    ...(reference ? [row('ONNX, float32', reference, reference)] : []),
    ...results
      .slice(1)
      .map(({ method, report, reason }) =>
        report
          ? row(method, report.models.artifact, report.models.reference, report.comparison.minSqnrDb)
          : [method, `does not apply: ${reason}`, ...COLUMNS.slice(2).map(() => '')],
      ),
  ];
}

/** Every method is a job of its own, measured in turn with float32 in that job: a latency is only compared with that one. */
function row(
  title: string,
  model: ModelFigures,
  float: ModelFigures | undefined,
  sqnr?: number,
): readonly string[] {
  const { engine, nodes, fileBytes, weightBytes, score, latency, memory } = model;
  return [
    title,
    engine,
    orDash(nodes, formatCount),
    orDash(fileBytes, formatBytes),
    orDash(weightBytes, formatBytes),
    orDash(score, formatPercent),
    orDash(latency?.p50Ms, formatMs),
    orDash(float?.latency?.p50Ms, formatMs),
    orDash(memory?.peakBytes, formatBytes),
    orDash(sqnr, formatDb),
  ];
}

export const CLAIM_COLUMNS = ['method', ...CLAIMS.map(({ text }) => text)] as const;

export function claimRows({ results }: StudyResult): readonly (readonly string[])[] {
  return results.slice(1).flatMap(({ method, report }) => {
    if (!report) return [];
    return [[method, ...findings(report).map(({ holds, figure }) => `${word(holds)}: ${figure}`)]];
  });
}

function word(holds: boolean | undefined): string {
  return holds === undefined ? 'open' : holds ? 'holds' : 'does not hold';
}
