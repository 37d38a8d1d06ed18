/** Headers of requests and answers, each described once for the OpenAPI document. */
import { Type } from 'typebox';
import { IDEMPOTENCY_KEY } from './idempotency.ts';

const text = (description: string, example: string) => Type.String({ description, examples: [example] });

const ETAG = '"35fc1c8b99c0837136e2b39457f73fb36db3920af63211c0b0ca3200e7cafb16"';

export const LOCATION = text(
  'Path of the resource',
  '/v1/jobs/f2837906d3dbfb88b61f83fbf5ea85580f219c3ae5004f3d684cdee199e09a1a',
);
export const RETRY_AFTER = text('Seconds after which to ask again (RFC 9110, 10.2.3)', '1');
/** For a job that is not over. */
export const POLL_SECONDS = 1;
export const ALLOW = text('Verbs of this path (RFC 9110, 10.2.1)', 'GET, HEAD');
export const AUTHENTICATE = text('How to authenticate (RFC 9110, 11.6.1)', 'Bearer');
export const VARY = text('What the answer was chosen by (RFC 9110, 12.5.5)', 'accept');

/** Of stored content; see send-blob.ts. */
export const BLOB_HEADERS = {
  etag: text('SHA-256 of the content (RFC 9110, 8.8.3)', ETAG),
  'repr-digest': text(
    'The same in base64 (RFC 9530)',
    'sha-256=:Nfwci5nAg3E24rOUV/c/s22zkgr2MhHAsMoyAOfK+xY=:',
  ),
  'accept-ranges': text('Ranges of bytes are answered (RFC 9110, 14.3)', 'bytes'),
  'cache-control': text('Content never changes under its hash', 'private, max-age=31536000, immutable'),
  'content-disposition': text('Name of the file (RFC 6266)', 'attachment; filename="model.onnx"'),
};
export const RANGE_HEADERS = {
  ...BLOB_HEADERS,
  'content-range': text('What of the content this is (RFC 9110, 14.4)', 'bytes 0-1023/245652'),
};
export const SEEN_HEADERS = { etag: BLOB_HEADERS.etag, 'cache-control': BLOB_HEADERS['cache-control'] };

/** Of requests for stored content. */
export const BlobRequest = Type.Object({
  range: Type.Optional(text('One range of bytes (RFC 9110, 14.2)', 'bytes=0-1023')),
  'if-range': Type.Optional(text('The range only of this version (RFC 9110, 13.1.5)', ETAG)),
  'if-match': Type.Optional(text('412 for another version (RFC 9110, 13.1.1)', ETAG)),
  'if-none-match': Type.Optional(text('304 for this version (RFC 9110, 13.1.2)', ETAG)),
});

/** Of requests that create something. */
export const Idempotency = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: IDEMPOTENCY_KEY.source,
      description: 'One key, one request: another request with it is refused (422), the same gives the same',
      examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
    }),
  ),
});

export const EventsRequest = Type.Object({
  'last-event-id': Type.Optional(
    text('Id of the last event that was seen; it is not sent again', '4f1c9a02b7d35e68'),
  ),
});

export const WaitRequest = Type.Object({
  prefer: Type.Optional(text('Seconds to wait for the end (RFC 7240, 4.3)', 'wait=60')),
});
export const PREFERENCE_APPLIED = text('The wait that "Prefer" got (RFC 7240, 3)', 'wait=60');
