/**
 * The meters as Prometheus metrics. Names follow https://prometheus.io/docs/practices/naming/: one prefix, base units, the
 * unit as suffix, `_total` for counters.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Meters } from '../contracts/meters.ts';
import { ENGINE_VERSION } from '../version.ts';

/** Around the 20 ms that a poll may take, and the 60 s of a long poll. */
const REQUEST_SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10, 60];
const JOB_SECONDS = [0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200];

export function prometheusMeters(): Meters {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'bitpress_build_info',
    help: 'Always 1; the version is a label',
    labelNames: ['version'],
    registers,
  }).set({ version: ENGINE_VERSION }, 1);

  const requests = new Histogram({
    name: 'bitpress_http_request_duration_seconds',
    help: 'Time to answer, by route; that of a long poll is mostly waiting',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const uploads = new Counter({ name: 'bitpress_uploads_total', help: 'Files stored', registers });
  const uploadBytes = new Counter({ name: 'bitpress_upload_bytes_total', help: 'Bytes stored', registers });
  const jobs = new Histogram({
    name: 'bitpress_job_duration_seconds',
    help: 'Runs of jobs on this process, by outcome; "returned" went back to the queue when the worker stopped',
    labelNames: ['method', 'outcome'],
    buckets: JOB_SECONDS,
    registers,
  });
  const waits = new Histogram({
    name: 'bitpress_job_wait_duration_seconds',
    help: 'From the submission of a job to the start of its run',
    buckets: JOB_SECONDS,
    registers,
  });
  const stages = new Histogram({
    name: 'bitpress_job_stage_duration_seconds',
    help: 'Time that runs spent in each stage',
    labelNames: ['stage'],
    buckets: JOB_SECONDS,
    registers,
  });
  const deaths = new Counter({
    name: 'bitpress_sandbox_deaths_total',
    help: 'Sandboxes that crashed, ran out of memory or of time',
    labelNames: ['task', 'reason'],
    registers,
  });
  const webhooks = new Counter({
    name: 'bitpress_webhook_attempts_total',
    help: 'Attempts to deliver a webhook, by outcome; "failed" is tried again, "abandoned" is not',
    labelNames: ['outcome'],
    registers,
  });

  return {
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    uploaded(bytes) {
      uploads.inc();
      uploadBytes.inc(bytes);
    },
    job(method, outcome, { waitedSeconds, ranSeconds, stageSeconds }) {
      jobs.observe({ method, outcome }, ranSeconds);
      waits.observe(waitedSeconds);
      for (const [stage, seconds] of Object.entries(stageSeconds)) stages.observe({ stage }, seconds);
    },
    sandboxDied: (task, reason) => deaths.inc({ task, reason }),
    webhook: outcome => webhooks.inc({ outcome }),
    watchQueue(counts) {
      new Gauge({
        name: 'bitpress_jobs',
        help: 'Jobs in the queue, by state of the queue; the same on every server: take the maximum',
        labelNames: ['state'],
        registers,
        async collect() {
          // A queue that is away leaves a gap and not an old figure.
          this.reset();
          const now = await counts().catch(() => ({}));
          for (const [state, count] of Object.entries(now)) this.set({ state }, count);
        },
      });
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
