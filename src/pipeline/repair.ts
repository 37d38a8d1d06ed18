/**
 * Repair: where the outputs miss the bar, the nodes are ranked by the error that each causes alone, the worst are
 * released to float, and the artifact is made and verified again, in bounded rounds.
 *
 * Ranking: for each quantized dot product, a model in which only it (and what hangs on it) is quantized is compared
 * with float on a few samples. That sees what a per-value figure cannot: how far an error travels.
 */
import { walkNodes } from '../core/ir/walk.ts';
import { operatorSpec } from '../core/ops/index.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import { lowestSqnrDb } from './compare-pair.ts';
import { KeptOutputs } from './kept-outputs.ts';
import type { Ports, SampleSource } from './ports.ts';
import { type QuantizeRequest, quantizeWorkingFile } from './quantize.ts';
import type { RepairEvidence } from './stage-results.ts';
import type { Verification } from './verify.ts';
import { weightBytes } from './write-model-file.ts';

/** Samples for ranking one node. */
const RANK_SAMPLES = 4;
/** Above this many candidates the ranking itself would take too long: they are ranked in groups of neighbours. */
const MAX_PROBES = 48;
/** Each candidate loads the whole model: of weights that one ranking loads. A model of 3 GB is ranked in 8 groups. */
const RANKED_BYTES = 24 * 2 ** 30;
/** Share of the ranked groups that is in float after each round. */
const RELEASED_SHARE = [0.05, 0.15, 0.35, 0.6] as const;

export interface Attempt {
  readonly path: string;
  readonly plan: QuantPlan;
  readonly verification: Verification;
}

export interface RepairRequest extends QuantizeRequest {
  readonly workDir: string;
  readonly samples: SampleSource;
  readonly reachesBar: (verification: Verification) => boolean;
  readonly attempt: (path: string, released: ReadonlyMap<string, string>) => Promise<Attempt>;
}

export interface Repaired {
  readonly attempt: Attempt;
  readonly rounds: readonly RepairEvidence[];
}

export async function repair(first: Attempt, request: RepairRequest, ports: Ports): Promise<Repaired> {
  const ranked = await rankGroups(first.plan, request, ports);
  const rounds: RepairEvidence[] = [];
  let best = first;
  let released = new Map<string, string>();
  let taken = 0;
  for (const [round, share] of RELEASED_SHARE.entries()) {
    taken = Math.max(taken + 1, Math.ceil(ranked.length * share));
    const next = new Map(released);
    for (const { nodes, sqnrDb } of ranked.slice(0, taken))
      for (const node of nodes)
        if (!next.has(node))
          next.set(node, `quantized alone it brings the outputs to ${sqnrDb.toFixed(1)} dB`);
    if (next.size === released.size) break;
    const attempt = await request.attempt(`repair-${round}`, next);
    const kept = isBetter(attempt.verification, best.verification);
    rounds.push(
      evidence(
        [...next.keys()].filter(node => !released.has(node)),
        best,
        attempt,
        kept,
        request,
      ),
    );
    released = next;
    if (kept) best = attempt;
    if (request.reachesBar(best.verification)) break;
  }
  return { attempt: best, rounds };
}

interface RankedGroup {
  readonly nodes: readonly string[];
  readonly sqnrDb: number;
}

/** Groups of nodes, the one that hurts most first. */
async function rankGroups(
  plan: QuantPlan,
  request: RepairRequest,
  ports: Ports,
): Promise<readonly RankedGroup[]> {
  const quantized = quantizedNodes(plan);
  const model = request.prepared.fresh();
  const every = [...walkNodes(model.graph)].map(({ node }) => node);
  const linear = every.filter(node => quantized.has(node.name) && operatorSpec(node)?.role === 'linear');
  const size = groupSize(linear.length, weightBytes(model));
  // A clip goes where its producer goes; without it the statistics would lack what it cuts off.
  const all = every.filter(node => operatorSpec(node)?.role !== 'clip').map(node => node.name);
  const { prepared, samples, workDir } = request;
  const { files } = ports;
  const few: SampleSource = {
    ...samples,
    feeds: index => samples.feeds(index),
    count: Math.min(samples.count, RANK_SAMPLES),
  };
  const float = await KeptOutputs.of(
    {
      ...{ path: prepared.path, samples: few, optimization: 'all', directory: workDir },
      folderName: 'rank-float',
    },
    ports,
  );
  const ranked: RankedGroup[] = [];
  try {
    for (let start = 0; start < linear.length; start += size) {
      const nodes = linear.slice(start, start + size).map(node => node.name);
      const others = new Map(all.filter(name => !nodes.includes(name)).map(name => [name, 'not under test']));
      const folder = files.makeFolder(workDir, `rank-${start}`);
      const path = files.join(folder, `rank-${start}.onnx`);
      quantizeWorkingFile(path, { ...request, released: others }, files);
      const outputs = await float.against(path);
      files.removeFolder(folder);
      ranked.push({ nodes, sqnrDb: lowestSqnrDb(outputs) });
      ports.progress({
        stage: 'verifying',
        fraction: start / linear.length,
        message: `ranking nodes by error, ${start} of ${linear.length}`,
      });
    }
  } finally {
    float.close();
  }
  return ranked.sort((a, b) => a.sqnrDb - b.sqnrDb);
}

/** How many neighbours are ranked together. */
export function groupSize(nodes: number, bytes: number): number {
  const groups = Math.min(MAX_PROBES, Math.floor(RANKED_BYTES / Math.max(bytes, 1)));
  return Math.ceil(nodes / Math.max(1, groups));
}

export function quantizedNodes(plan: QuantPlan): ReadonlySet<string> {
  return new Set([...plan.nodes].flatMap(([name, { action }]) => (action === 'float' ? [] : [name])));
}

/** Less loss where labels tell, else less noise. */
function isBetter(a: Verification, b: Verification): boolean {
  if (a.loss !== undefined && b.loss !== undefined && a.loss !== b.loss) return a.loss < b.loss;
  return (a.minSqnrDb ?? 0) > (b.minSqnrDb ?? 0);
}

function evidence(
  names: readonly string[],
  before: Attempt,
  after: Attempt,
  kept: boolean,
  request: RepairRequest,
): RepairEvidence {
  const types = new Map(
    [...walkNodes(request.prepared.fresh().graph)].map(({ node }) => [node.name, node.opType]),
  );
  const scoreBefore = before.verification.optimized.scores?.candidate;
  const scoreAfter = after.verification.optimized.scores?.candidate;
  return {
    released: names.map(node => ({ node, opType: types.get(node) ?? '', to: 'float32' })),
    ...(before.verification.minSqnrDb !== undefined && { sqnrDbBefore: before.verification.minSqnrDb }),
    ...(after.verification.minSqnrDb !== undefined && { sqnrDbAfter: after.verification.minSqnrDb }),
    ...(scoreBefore !== undefined && { scoreBefore }),
    ...(scoreAfter !== undefined && { scoreAfter }),
    kept,
  };
}
