/** All routes, in the order of the OpenAPI document. Metrics come first: their hook counts the routes after them. */
import type { Routes } from '../route.ts';
import { artifacts } from './artifacts.ts';
import { controlJobs } from './control-jobs.ts';
import { datasets } from './datasets.ts';
import { docs } from './docs.ts';
import { health } from './health.ts';
import { jobEvents } from './job-events.ts';
import { methods } from './methods.ts';
import { metrics } from './metrics.ts';
import { models } from './models.ts';
import { readJobs } from './read-jobs.ts';
import { submitJob } from './submit-job.ts';
import { uploads } from './uploads.ts';
import { webhooks } from './webhooks.ts';

export const ROUTES: readonly Routes[] = [
  metrics,
  models,
  datasets,
  uploads,
  submitJob,
  readJobs,
  jobEvents,
  controlJobs,
  webhooks,
  artifacts,
  methods,
  health,
  docs,
];
