/** What this thread and one that runs samples say to each other, by structured clone. */
import type { ArrayDType } from '../../core/tensor/tensor.ts';
import type { Gathered, GatherTask } from '../../pipeline/gather.ts';

/** A copy of its elements, which goes over. */
export interface SentTensor {
  readonly dtype: ArrayDType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One `open`, some `run`, one `end`; then the next `open`. */
export type ThreadRequest =
  | { readonly type: 'open'; readonly task: GatherTask; readonly threads: number }
  | { readonly type: 'run'; readonly sample: number; readonly feeds: Readonly<Record<string, SentTensor>> }
  | { readonly type: 'end' };

/** One `ran` for each `run`; one `gathered` for each `end`, or at any time one `failed`, and nothing after it. */
export type ThreadReply =
  | { readonly type: 'ran' }
  | { readonly type: 'gathered'; readonly gathered: Gathered }
  | { readonly type: 'failed'; readonly words: string };
