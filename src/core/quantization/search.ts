/**
 * What a search is: something a spec may name in place of a method, which names methods to try and how to choose
 * between what they make. It plans and lowers nothing itself.
 *
 * A search lives in one file under searches/ and one line of its index.ts.
 */
import type { Static, TObject } from 'typebox';
import type { AskableMethod } from './method.ts';

/** A method with the options that are not its defaults. */
export interface Candidate {
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export type Preference = 'latency' | 'size' | 'accuracy';

export interface SearchSettings {
  /** What decides between candidates that hold every gate. */
  readonly prefer: Preference;
  readonly maxTrials: number;
  /** No trial is begun that would probably end after this time. */
  readonly maxSeconds: number;
}

export interface Search<S extends TObject = TObject> extends AskableMethod<S> {
  /** In the order in which they are tried: the likely best first, for a search that runs out of time. */
  candidates(options: Static<S>, hasCalibration: boolean): readonly Candidate[];
  settings(options: Static<S>): SearchSettings;
}
