/** What a job made: its artifacts, and the report in the form that is asked for. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { closed, Digest } from '../../contracts/common.ts';
import { Artifact, type JobView } from '../../contracts/job.ts';
import { BitpressError } from '../../errors.ts';
import { blobAnswers } from '../blob-answers.ts';
import { type Answer, BINARY, json, ref, text, unchecked } from '../components.ts';
import type { ApiDeps } from '../deps.ts';
import { JOB_EXAMPLE, REPORT_EXAMPLE, REPORT_TEXTS } from '../examples.ts';
import { BlobRequest, VARY } from '../headers.ts';
import { WITH_HEAD } from '../openapi.ts';
import { problems } from '../problems.ts';
import { IdParams, idOf, owned, type Routes } from '../route.ts';
import { sendBlob } from '../send-blob.ts';

const ArtifactParams = Type.Object({ id: Digest, name: Type.String({ minLength: 1, maxLength: 255 }) });

/** By preference where the client has none. */
const REPORT_TYPES = { json: 'application/json', html: 'text/html', md: 'text/markdown' } as const;
type ReportSuffix = keyof typeof REPORT_TYPES;

const JSON_REPORT = { schema: ref('Report'), example: REPORT_EXAMPLE };
const OTHER_REPORTS = text('', REPORT_TEXTS).content;
const REPORT_CONTENT: Answer['content'] = { [REPORT_TYPES.json]: JSON_REPORT, ...OTHER_REPORTS };
const ARTIFACT_CONTENT = {
  [BINARY]: unchecked('the bytes'),
  ...OTHER_REPORTS,
  [REPORT_TYPES.json]: JSON_REPORT,
};
const notThere = problems('not_found', 'conflict', 'gone', 'precondition_failed', 'range_not_satisfiable');

export const artifacts: Routes = (app, deps) => {
  app.get(
    '/v1/jobs/:id/artifacts',
    {
      schema: {
        operationId: 'listArtifacts',
        tags: ['artifacts'],
        summary: 'List the artifacts of a job',
        params: IdParams,
        response: {
          200: json('What the job made', Type.Object({ items: Type.Array(Artifact) }, closed), {
            items: JOB_EXAMPLE.artifacts,
          }),
          ...problems('not_found', 'conflict'),
        },
      },
    },
    async request => ({ items: (await succeeded(request, deps)).artifacts ?? [] }),
  );

  app.get(
    '/v1/jobs/:id/artifacts/:name',
    {
      schema: {
        operationId: 'getArtifact',
        tags: ['artifacts'],
        summary: 'Bytes of an artifact',
        params: ArtifactParams,
        headers: BlobRequest,
        [WITH_HEAD]: true,
        response: { ...blobAnswers('The artifact', ARTIFACT_CONTENT), ...notThere },
      },
    },
    (request, reply) => sendArtifact(request, reply, (request.params as { name: string }).name, false),
  );

  app.get(
    '/v1/jobs/:id/report',
    {
      schema: {
        operationId: 'getReport',
        tags: ['artifacts'],
        summary: 'The report, as JSON, HTML or Markdown by "Accept"',
        params: IdParams,
        headers: BlobRequest,
        response: {
          ...blobAnswers('The report', REPORT_CONTENT, { vary: VARY }),
          ...notThere,
          ...problems('not_acceptable'),
        },
      },
    },
    (request, reply) => {
      reply.header('vary', 'accept');
      return sendArtifact(request, reply, `report.${preferred(request.headers.accept)}`, true);
    },
  );

  for (const suffix of Object.keys(REPORT_TYPES) as ReportSuffix[]) {
    const type = REPORT_TYPES[suffix];
    app.get(
      `/v1/jobs/:id/report.${suffix}`,
      {
        schema: {
          operationId: `getReport_${suffix}`,
          tags: ['artifacts'],
          summary: `The report as ${type}`,
          params: IdParams,
          headers: BlobRequest,
          response: { ...blobAnswers('The report', { [type]: REPORT_CONTENT[type]! }), ...notThere },
        },
      },
      (request, reply) => sendArtifact(request, reply, `report.${suffix}`, true),
    );
  }

  async function sendArtifact(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    inline: boolean,
  ): Promise<FastifyReply> {
    const { artifacts: found = [] } = await succeeded(request, deps);
    const artifact = found.find(item => item.name === name);
    if (!artifact) throw new BitpressError('not_found', `the job has no artifact "${name}"`);
    const { sha256, bytes, contentType } = artifact;
    // The same work done again after its retention has other timings in its report.
    return sendBlob(request, reply, deps.store, {
      sha256,
      bytes,
      contentType,
      fileName: name,
      inline,
      mayChange: true,
    });
  }
};

/** A job without artifacts says why: not yet, or the problem that ended it. */
async function succeeded(request: FastifyRequest, deps: ApiDeps): Promise<JobView> {
  const id = idOf(request);
  const view = await owned(request, deps).jobs.get(id);
  if (!view) throw new BitpressError('not_found', `there is no job ${id}`);
  if (view.state === 'succeeded') return view;
  if (view.error)
    throw new BitpressError(
      'conflict',
      `the job ended as ${view.state}: ${view.error.code}, ${view.error.detail}`,
      {
        hint: 'GET the job for the whole problem; it left no artifacts and no report.',
      },
    );
  throw new BitpressError('conflict', `the job is ${view.state}; it has no artifacts`);
}

/** RFC 9110, 12.5.1, for three types: the highest quality wins, then our order. @throws BitpressError not_acceptable */
function preferred(accept = '*/*'): ReportSuffix {
  const ranges = accept.split(',').map(item => {
    const [type = '', ...parameters] = item.split(';').map(part => part.trim().toLowerCase());
    const q = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
    return { type, q: q === undefined ? 1 : Number(q) };
  });
  const quality = (type: string): number => {
    const [main] = type.split('/');
    const match = [type, `${main}/*`, '*/*']
      .map(name => ranges.find(range => range.type === name))
      .find(Boolean);
    return match?.q ?? 0;
  };
  const entries = Object.entries(REPORT_TYPES) as [ReportSuffix, string][];
  const [suffix, type] = entries.reduce((best, entry) =>
    quality(entry[1]) > quality(best[1]) ? entry : best,
  );
  if (quality(type) > 0) return suffix;
  throw new BitpressError('not_acceptable', `the report is not to be had as ${accept}`, { field: 'Accept' });
}
