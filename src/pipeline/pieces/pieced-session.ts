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
  async function* runPieces(runs: Runs): AsyncGenerator<TensorMap> {
    const names = runs.outputs ?? outputs.map(({ name }) => name);
    const needed = neededPieces(pieces, names);
    let most = 1;
    for (let first = 0; first < runs.count; ) {
      const count = Math.min(most, runs.count - first);
      const round = new Round(options, deps);
      try {
        for (const each of needed) await round.run(each, count, index => runs.feeds(first + index));
        for (let index = 0; index < count; index++) yield pick(names, name => round.get(index, name));
      } finally {
        round.close();
      }
      // The first sample says how much one needs.
      most = Math.max(1, Math.floor((options.spillBytes / Math.max(round.mostBytes, 1)) * count));
      first += count;
    }
  }
  const time: Pieces['time'] = async (feeds, timeRuns) => {
    const needed = neededPieces(
      pieces,
      outputs.map(({ name }) => name),
    );
    const round = new Round(options, deps);
    const times: (readonly number[])[] = [];
    try {
      for (const each of needed)
        await round.run(
          each,
          1,
          () => feeds,
          async run => {
            times.push(await timeRuns(run, 1 / needed.length));
          },
        );
    } finally {
      round.close();
    }
    const runs = Math.min(...times.map(({ length }) => length));
    return Array.from({ length: runs }, (_, run) => times.reduce((sum, piece) => sum + piece[run]!, 0));
  };
  return {
    inputs,
    outputs,
    pieces: { count: pieces.length, run: runPieces, time },
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

/** Some samples on their way through the pieces, and what lies in files meanwhile. */
class Round {
  readonly #options: PiecedOptions;
  readonly #deps: PiecedDeps;
  readonly #spills = new Set<Spill>();
  /** Where the value of a name lies. */
  readonly #made = new Map<string, Spill>();
  /** Bytes that lay in files at the same time at most. */
  mostBytes = 0;

  constructor(options: PiecedOptions, deps: PiecedDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async run(
    { piece, gives, done }: Needed,
    count: number,
    sample: (index: number) => TensorMap,
    /** Is given each run before it counts. */
    rehearse?: (run: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const { runtime, files, signal } = this.#deps;
    const session = await runtime.open(piece.path, this.#options);
    const spill = new Spill(files, this.#options.directory, this.#options.folderName());
    this.#spills.add(spill);
    try {
      for (let index = 0; index < count; index++) {
        if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while running samples');
        const given = piece.reads.some(name => !this.#made.has(name)) ? sample(index) : {};
        const feeds = pick(piece.reads, name => this.get(index, name) ?? given[name]);
        await rehearse?.(() => session.run(feeds, gives));
        spill.add(await session.run(feeds, gives));
        // Runs block the event loop; a timer or an abort can only come in between.
        await new Promise(resolve => setImmediate(resolve));
      }
    } finally {
      await session.close();
    }
    for (const name of gives) this.#made.set(name, spill);
    let bytes = 0;
    for (const { byteLength } of this.#spills) bytes += byteLength;
    this.mostBytes = Math.max(this.mostBytes, bytes);
    for (const name of done) this.#drop(name);
  }

  get(index: number, name: string): RuntimeTensor | undefined {
    return this.#made.get(name)?.get(index, name);
  }

  close(): void {
    for (const spill of this.#spills) spill.close();
    this.#spills.clear();
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
  /** Values that no later piece reads, and nobody wants. */
  readonly done: readonly string[];
}

/** Those that lead to the outputs. */
function neededPieces(pieces: readonly PieceFile[], outputs: readonly string[]): readonly Needed[] {
  const wanted = new Set(outputs);
  const needed: Needed[] = [];
  for (const piece of pieces.toReversed()) {
    const gives = piece.gives.filter(name => wanted.has(name));
    if (gives.length === 0) continue;
    needed.push({ piece, gives, done: piece.reads.filter(name => !wanted.has(name)) });
    for (const name of piece.reads) wanted.add(name);
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
