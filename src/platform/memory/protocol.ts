/** What the memory probe and its parent say to each other, over IPC with structured clone. */
import type { EngineId, MemoryFigures, TensorMap } from '../../pipeline/ports.ts';

export interface ProbeRequest {
  readonly modelPath: string;
  readonly sample: TensorMap;
  readonly threads: number;
  readonly engine: EngineId;
}

export type ProbeReply = { readonly figures: MemoryFigures } | { readonly failed: string };
