/** What S3-compatible storage says when it fails, in the words of the catalogue. Recognised by name and status. */
import { BitpressError, isBitpressError } from '../../errors.ts';

/** Storage that has no room, by vendor: AWS and Ceph, MinIO, and the status of RFC 4918. */
const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded']);
const INSUFFICIENT_STORAGE = 507;

export function isMissingObject(error: unknown): boolean {
  return nameOf(error) === 'NoSuchKey' || (nameOf(error) === 'NotFound' && statusOf(error) === 404);
}

/** An outage is worth another try and is named; a refusal (credentials, no such bucket) is logged as it is. */
export function asStoreError(error: unknown): unknown {
  if (isBitpressError(error) || nameOf(error) === 'AbortError') return error;
  const status = statusOf(error);
  if (FULL.has(nameOf(error)) || status === INSUFFICIENT_STORAGE)
    return new BitpressError('storage_full', 'the object storage has no room left', { cause: error });
  const network = error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code));
  if (network || nameOf(error) === 'TimeoutError' || (status !== undefined && status >= 500))
    return new BitpressError('storage_unavailable', 'the object storage does not answer', { cause: error });
  return error;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
