/**
 * The runtime for models of any size: one whose weights exceed a bound is loaded piece by piece.
 *
 * Invariant: a model below the bound is opened as it always was. One that cannot be cut is opened as a whole.
 */
import type { Host, LoadLimits, OpenOptions, Ports, Runtime, SampleThreads, Session } from '../ports.ts';
import { readModelFile, weightBytes } from '../write-model-file.ts';
import { piecedSession } from './pieced-session.ts';
import { type PiecedModel, planPieces } from './plan-pieces.ts';

/**
 * Weights count once, packed for the kernels of their session. Beside a piece the process takes some 0.3 GB; a float model
 * below the bound is held together with its artifact. Each round through the pieces reads all weights again, which takes
 * seconds, and a disk that holds the model holds what is spilled.
 */
export const LOAD_LIMITS: LoadLimits = { whole: 768 * 2 ** 20, piece: 320 * 2 ** 20, spill: 2 ** 30 };

/** The same ports. A model is looked at when it is opened first. */
export function inPieces(ports: Ports): Ports {
  const { files, signal, loadLimits: limits = LOAD_LIMITS } = ports;
  const sizes = new Map<string, number>();
  const plans = new Map<string, Promise<PiecedModel | undefined>>();
  let folders = 0;

  const sizeOf = (path: string): number => {
    let bytes = sizes.get(path);
    if (bytes === undefined) {
      bytes = weightBytes(readModelFile(path, files));
      sizes.set(path, bytes);
    }
    return bytes;
  };
  const planOf = (path: string): Promise<PiecedModel | undefined> => {
    const plan = plans.get(path) ?? planPieces(path, limits.piece, files, ports.runtime);
    plans.set(path, plan);
    return plan;
  };
  const open = async (path: string, options: OpenOptions): Promise<Session> => {
    const most = options.sparing ? limits.piece : limits.whole;
    const plan =
      options.saveOptimizedTo === undefined && sizeOf(path) > most ? await planOf(path) : undefined;
    if (!plan) return ports.runtime.open(path, options);
    const folderName = (): string => `${files.baseName(path)}.values-${folders++}`;
    return piecedSession(
      plan,
      { ...options, directory: files.directory(path), folderName, spillBytes: limits.spill },
      { runtime: ports.runtime, files, signal },
    );
  };
  const runtime: Runtime = { ...ports.runtime, open };
  const host: Host = {
    ...ports.host,
    measureMemory: async (path, sample, signal, engine) =>
      engine !== 'tensorflowjs' && sizeOf(path) > limits.whole && (await planOf(path))
        ? undefined
        : ports.host.measureMemory(path, sample, signal, engine),
  };
  const { sampleThreads: threads } = ports;
  const sampleThreads: SampleThreads | undefined = threads && {
    ...threads,
    open: (task, options) =>
      sizeOf(task.shown.path) > limits.whole ? undefined : threads.open(task, options),
  };
  return { ...ports, runtime, host, ...(sampleThreads && { sampleThreads }) };
}
