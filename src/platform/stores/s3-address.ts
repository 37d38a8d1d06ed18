/**
 * Where a bucket is, in one line: `s3://bucket/prefix?region=eu-central-1&endpoint=https://minio.example:9000`.
 *
 * Invariant: no secret is part of it; credentials come from the SDK's own chain (variables, files, instance roles).
 */
export interface S3Address {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly region: string;
  /** For storage that is not Amazon's; buckets are then part of the path. */
  readonly endpoint: string | undefined;
}

/** What Amazon takes as the default, and other vendors ignore. */
const REGION = 'us-east-1';
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Undefined where the text is no such address. */
export function parseS3Address(text: string): S3Address | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const known = ['region', 'endpoint'];
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  if (
    url.protocol !== 's3:' ||
    url.username !== '' ||
    !BUCKET.test(url.hostname) ||
    [...url.searchParams.keys()].some(key => !known.includes(key)) ||
    (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint))
  )
    return undefined;
  const path = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    region: url.searchParams.get('region') ?? REGION,
    endpoint,
  };
}
