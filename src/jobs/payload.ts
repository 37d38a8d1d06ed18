/**
 * What travels through the queue: ids of stored content and the canonical spec, never bytes.
 *
 * Invariant: a job's id is the hash of everything that decides its artifacts, so the same work is the same job.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { StoredFile } from '../contracts/common.ts';
import type { JobSpec } from '../contracts/parse-spec.ts';
import { ENGINE_VERSION } from '../version.ts';

export interface JobPayload {
  readonly model: string;
  /** The model file, then its external data. */
  readonly files: readonly StoredFile[];
  readonly spec: JobSpec;
  readonly cancelRequested: boolean;
  /** Undefined where the service has no keys. */
  readonly owner?: string;
}

/** The datasets are in the spec. The same work of two owners is two jobs: neither learns of the other's. */
export function jobId(model: string, spec: JobSpec, owner?: string): string {
  return sha256(canonicalJson({ engine: ENGINE_VERSION, model, spec, owner }));
}

export function datasetsOf(spec: JobSpec): readonly string[] {
  return [spec.calibration, spec.evaluation].filter(id => typeof id === 'string');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
