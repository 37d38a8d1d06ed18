/**
 * What a model gives on some samples, kept in files: each of several other models is held against it, and it runs once.
 *
 * Invariant: one model is loaded at a time, and one sample's outputs are in memory.
 */
import type { SampleSource, SessionValue } from '../core/data/samples.ts';
import { OutputComparison } from '../core/metrics/compare-outputs.ts';
import { type PairResult, pairOutputs, renamed } from './compare-pair.ts';
import { Spill } from './pieces/spill.ts';
import type { OpenOptions, Ports } from './ports.ts';
import { runEach } from './run-each.ts';

export interface KeepRequest {
  /** Of the model that gives them. */
  readonly path: string;
  readonly samples: SampleSource;
  readonly optimization: OpenOptions['optimization'];
  /** For the files: it has no folder of this name. */
  readonly directory: string;
  readonly folderName: string;
}

export class KeptOutputs {
  readonly #request: KeepRequest;
  readonly #ports: Ports;
  readonly #spill: Spill;
  readonly #inputs: readonly SessionValue[];
  readonly #outputs: readonly SessionValue[];
  readonly #inPieces: boolean;

  private constructor(
    request: KeepRequest,
    ports: Ports,
    spill: Spill,
    model: { readonly inputs: readonly SessionValue[]; readonly outputs: readonly SessionValue[] },
    inPieces: boolean,
  ) {
    this.#request = request;
    this.#ports = ports;
    this.#spill = spill;
    this.#inputs = model.inputs;
    this.#outputs = model.outputs;
    this.#inPieces = inPieces;
  }

  static async of(request: KeepRequest, ports: Ports): Promise<KeptOutputs> {
    const { path, samples, optimization, directory, folderName } = request;
    const { runtime, files, signal } = ports;
    const spill = new Spill(files, directory, folderName);
    try {
      const session = await runtime.open(path, { optimization });
      try {
        const runs = { count: samples.count, feeds: (index: number) => samples.feeds(index) };
        for await (const outputs of runEach(session, runs, signal)) spill.add(outputs);
      } finally {
        await session.close();
      }
      return new KeptOutputs(request, ports, spill, session, session.pieces !== undefined);
    } catch (error) {
      spill.close();
      throw error;
    }
  }

  /** The outputs of another model on the same samples against these. */
  async against(path: string): Promise<PairResult['outputs']> {
    const { samples, optimization } = this.#request;
    const { runtime, signal } = this.#ports;
    const session = await runtime.open(path, { optimization, sparing: this.#inPieces });
    try {
      const pairs = pairOutputs(this.#outputs, session.outputs).map(names => ({
        ...names,
        comparison: new OutputComparison(),
      }));
      const feeds = (index: number) => renamed(samples.feeds(index), this.#inputs, session.inputs);
      let index = 0;
      for await (const got of runEach(session, { count: samples.count, feeds }, signal)) {
        for (const pair of pairs) pair.comparison.add(this.#spill.get(index, pair.wanted)!, got[pair.got]!);
        index++;
      }
      return pairs.map(({ wanted, comparison }) => ({ name: wanted, figures: comparison.figures() }));
    } finally {
      await session.close();
    }
  }

  close(): void {
    this.#spill.close();
  }
}
