/** What the routes are given: ports and services, never a path, an environment or a runtime. */
import type { Meters } from '../contracts/meters.ts';
import type { PartialUploads } from '../contracts/partial-uploads.ts';
import type { Store } from '../contracts/store.ts';
import type { Inspector } from '../jobs/inspect.ts';
import type { Ledger } from '../jobs/ledger.ts';
import type { AllJobs } from '../jobs/queue.ts';
import type { SandboxLimits } from '../jobs/supervisor.ts';
import type { Webhooks } from '../jobs/webhooks/deliveries.ts';
import type { ByteQuota } from './quota.ts';

export interface ApiKey {
  readonly name: string;
  /** SHA-256 of the key, in lower-case hex. */
  readonly sha256: string;
}

export interface ApiDeps {
  readonly jobs: AllJobs;
  readonly store: Store;
  readonly partial: PartialUploads;
  readonly inspector: Inspector;
  readonly ledger: Ledger;
  readonly meters: Meters;
  /** Of one job; a spec that asks for more is refused. */
  readonly jobLimits: SandboxLimits;
  readonly maxUploadBytes: number;
  /** Of one key; 0 is without limit. */
  readonly requestsPerMinute: number;
  readonly quota: ByteQuota;
  /** Empty: everybody may. */
  readonly keys: readonly ApiKey[];
  /** Undefined: none are sent. */
  readonly webhooks?: Webhooks;
  readonly logLevel: string;
  /** Aborted when the service stops: nobody waits any longer, and nothing new is taken. */
  readonly draining: AbortSignal;
}
