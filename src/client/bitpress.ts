/**
 * A Bitpress server from TypeScript. `api` has every operation of the OpenAPI document, typed; the rest is what most
 * want of it, with streaming.
 *
 * Invariant: an answer that is a problem is thrown as the BitpressError it was on the server, also by `api`.
 */
import createClient, { type Client } from 'openapi-fetch';
import { connect } from './connection.ts';
import { download } from './download.ts';
import type { FileSource } from './file-source.ts';
import { cancel, type FollowOptions, follow } from './follow.ts';
import type { components, paths } from './schema.generated.ts';
import { type UploadOptions, upload } from './upload.ts';

export type Model = components['schemas']['Model'];
export type Dataset = components['schemas']['Dataset'];
export type JobSubmission = components['schemas']['JobSubmission'];
export type Job = components['schemas']['Job'];
export type Report = components['schemas']['Report'];
export type Artifact = NonNullable<Job['artifacts']>[number];

export interface BitpressOptions {
  /** Where the service asks for one. */
  readonly apiKey?: string | undefined;
}

export interface Bitpress {
  readonly api: Client<paths>;
  /** An ONNX file with its external data, or one Keras file. What the server has is not sent. */
  uploadModel(files: FileSource | readonly FileSource[], options?: UploadOptions): Promise<Model>;
  uploadDataset(file: FileSource, options?: UploadOptions): Promise<Dataset>;
  /** The same work again is the same job, which may be over. */
  submit(submission: JobSubmission, signal?: AbortSignal): Promise<Job>;
  /** The job when it is over, in whatever state. */
  follow(id: string, options?: FollowOptions): Promise<Job>;
  cancel(id: string): Promise<Job>;
  report(id: string, signal?: AbortSignal): Promise<Report>;
  /** To a file that is not there yet. */
  download(artifact: Artifact, path: string, signal?: AbortSignal): Promise<void>;
}

/** @param server its address, such as http://localhost:8080 @throws BitpressError invalid_request */
export function bitpress(server: string, { apiKey }: BitpressOptions = {}): Bitpress {
  const connection = connect(server, apiKey);
  const api = createClient<paths>({ baseUrl: connection.base, fetch: connection.send });
  return {
    api,
    uploadModel: (files, options) => upload<Model>(connection, 'models', [files].flat(), options),
    uploadDataset: (file, options) => upload<Dataset>(connection, 'datasets', [file], options),
    async submit(submission, signal) {
      const { data } = await api.POST('/v1/jobs', { body: submission, ...(signal && { signal }) });
      // Without validateOnly the answer is a job.
      return data as Job;
    },
    follow: (id, options) => follow(connection, id, options),
    cancel: id => cancel(connection, id),
    report: async (id, signal) =>
      (await (await connection.get(`/v1/jobs/${id}/report.json`, signal)).json()) as Report,
    download: (artifact, path, signal) => download(connection, artifact, path, signal),
  };
}
