/**
 * Runs a model whose weights are never in memory all at once: each piece is loaded, run on all samples, and closed; what
 * it gives to later pieces lies in files in between.
 *
 * Invariant: one piece is loaded, tensors of one sample are in memory, and files hold about as much as they may, or one
 * sample where that is more: samples that would exceed it wait for another round through the pieces.
 */
import { BitpressError } from '../../errors.ts';
import type {
  Files,
  OpenOptions,
  Pieces,
  Runs,
  Runtime,
  RuntimeTensor,
  Session,
  TensorMap,
} from '../ports.ts';
import type { PiecedModel, PieceFile } from './plan-pieces.ts';
import { Spill } from './spill.ts';

export interface PiecedOptions extends OpenOptions {
  /** Folder for what goes from piece to piece. */
  readonly directory: string;
  /** A name that the folder does not have. */
  readonly folderName: () => string;
  readonly spillBytes: number;
}

interface PiecedDeps {
  readonly runtime: Runtime;
  readonly files: Files;
  readonly signal: AbortSignal;
}

export function piecedSession(
  { inputs, outputs, pieces }: PiecedModel,
  options: PiecedOptions,
  deps: PiecedDeps,
): Session {
  const allNames = outputs.map(({ name }) => name);
  /** The samples in groups whose values files can hold: how many these are shows in the first one. */
  async function* rounds({ count }: Runs): AsyncGenerator<Round> {
    let most = count;
    for (let first = 0; first < count; ) {
      // What was kept of samples that turn out to be too many stays meanwhile.
      const bytes = first === 0 ? options.spillBytes / 2 : options.spillBytes;
      const round = new Round(first, Math.min(most, count - first), { ...options, spillBytes: bytes }, deps);
      try {
        yield round;
      } finally {
        round.close();
      }
      most = Math.max(1, Math.floor(options.spillBytes / Math.max(round.bytesOfSample, 1)));
      first += round.count;
    }
  }
  async function* runPieces(runs: Runs): AsyncGenerator<TensorMap> {
    const names = runs.outputs ?? allNames;
    const needed = neededPieces(pieces, names, true);
    for await (const round of rounds(runs)) {
      for (const each of needed) await round.run(each, runs.feeds);
      for (let index = 0; index < round.count; index++) yield pick(names, name => round.get(index, name));
    }
  }
  const show: Pieces['show'] = async (runs, look) => {
    const needed = neededPieces(pieces, runs.outputs ?? allNames, false);
    const all = needed.length * runs.count;
    let done = 0;
    /** A sample that was too many runs again through pieces that have shown it. */
    const seen = needed.map(() => 0);
    for await (const round of rounds(runs))
      for (const [at, each] of needed.entries())
        await round.run(each, runs.feeds, {
          look(sample, results) {
            if (sample < seen[at]!) return;
            seen[at] = sample + 1;
            const given = at === 0 ? { given: runs.feeds(sample) } : {};
            look({ sample, results, ...given, fraction: ++done / all });
          },
        });
  };
  const time: Pieces['time'] = async (feeds, timeRuns) => {
    const needed = neededPieces(pieces, allNames, true);
    const round = new Round(0, 1, options, deps);
    const times: (readonly number[])[] = [];
    try {
      for (const each of needed)
        await round.run(each, () => feeds, {
          async rehearse(run) {
            times.push(await timeRuns(run, 1 / needed.length));
          },
        });
    } finally {
      round.close();
    }
    const runs = Math.min(...times.map(({ length }) => length));
    return Array.from({ length: runs }, (_, run) => times.reduce((sum, piece) => sum + piece[run]!, 0));
  };
  return {
    inputs,
    outputs,
    pieces: { count: pieces.length, run: runPieces, show, time },
    async run(feeds, wanted) {
      for await (const result of runPieces({
        count: 1,
        feeds: () => feeds,
        ...(wanted && { outputs: wanted }),
      }))
        return result;
      return {};
    },
    close: async () => {},
  };
}

interface Watcher {
  /** Is given each run before it counts. */
  readonly rehearse?: (run: () => Promise<unknown>) => Promise<void>;
  readonly look?: (sample: number, results: TensorMap) => void;
}

/** Some samples on their way through the pieces, and what lies in files meanwhile. */
class Round {
  /** Becomes less where files would hold too much. */
  count: number;
  readonly #first: number;
  readonly #options: PiecedOptions;
  readonly #deps: PiecedDeps;
  readonly #spills = new Set<Spill>();
  /** Where the value of a name lies. */
  readonly #made = new Map<string, Spill>();
  /** Of what lies in files at the same time, at most. */
  bytesOfSample = 0;

  constructor(first: number, count: number, options: PiecedOptions, deps: PiecedDeps) {
    this.#first = first;
    this.count = count;
    this.#options = options;
    this.#deps = deps;
  }

  async run(
    { piece, gives, kept, done }: Needed,
    sample: (index: number) => TensorMap,
    { rehearse, look }: Watcher = {},
  ): Promise<void> {
    const { runtime, files, signal } = this.#deps;
    const session = await runtime.open(piece.path, this.#options);
    const spill = new Spill(files, this.#options.directory, this.#options.folderName());
    this.#spills.add(spill);
    try {
      for (let index = 0; index < this.count; index++) {
        if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while running samples');
        const given = piece.reads.some(name => !this.#made.has(name)) ? sample(this.#first + index) : {};
        const feeds = pick(piece.reads, name => this.get(index, name) ?? given[name]);
        await rehearse?.(() => session.run(feeds, gives));
        const results = await session.run(feeds, gives);
        spill.add(pick(kept, name => results[name]));
        look?.(this.#first + index, results);
        this.#takeFewer(index + 1);
        // Runs block the event loop; a timer or an abort can only come in between.
        await new Promise(resolve => setImmediate(resolve));
      }
    } finally {
      await session.close();
    }
    for (const name of kept) this.#made.set(name, spill);
    for (const name of done) this.#drop(name);
  }

  /** @param index of the sample among those of this round */
  get(index: number, name: string): RuntimeTensor | undefined {
    return this.#made.get(name)?.get(index, name);
  }

  close(): void {
    for (const spill of this.#spills) spill.close();
    this.#spills.clear();
  }

  /** @param done samples that the present piece has run */
  #takeFewer(done: number): void {
    let bytes = 0;
    for (const spill of this.#spills) bytes += spill.byteLength / spill.count;
    this.bytesOfSample = Math.max(this.bytesOfSample, bytes);
    const fit = Math.floor(this.#options.spillBytes / Math.max(bytes, 1));
    this.count = Math.min(this.count, Math.max(done, fit));
  }

  /** The files of a piece go when nobody reads any of its values any more. */
  #drop(name: string): void {
    const spill = this.#made.get(name);
    this.#made.delete(name);
    if (!spill || [...this.#made.values()].includes(spill)) return;
    spill.close();
    this.#spills.delete(spill);
  }
}

interface Needed {
  readonly piece: PieceFile;
  /** Of what it gives, what is wanted or read. */
  readonly gives: readonly string[];
  /** Of that, what lies in files when it has run. */
  readonly kept: readonly string[];
  /** Values that need not lie there any more. */
  readonly done: readonly string[];
}

/** Those that lead to the outputs. @param keep whether outputs are wanted when all pieces have run */
function neededPieces(
  pieces: readonly PieceFile[],
  outputs: readonly string[],
  keep: boolean,
): readonly Needed[] {
  const wanted = new Set(outputs);
  const held = new Set(keep ? outputs : []);
  const needed: Needed[] = [];
  for (const piece of pieces.toReversed()) {
    const gives = piece.gives.filter(name => wanted.has(name));
    if (gives.length === 0) continue;
    const kept = gives.filter(name => held.has(name));
    needed.push({ piece, gives, kept, done: piece.reads.filter(name => !held.has(name)) });
    for (const name of piece.reads) {
      wanted.add(name);
      held.add(name);
    }
  }
  return needed.reverse();
}

/** Without those that are not there: an input may have a default. */
function pick(names: readonly string[], find: (name: string) => RuntimeTensor | undefined): TensorMap {
  return Object.fromEntries(
    names.flatMap(name => {
      const tensor = find(name);
      return tensor ? [[name, tensor] as const] : [];
    }),
  );
}
