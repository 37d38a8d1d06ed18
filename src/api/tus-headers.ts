/** The headers of tus 1.0.0 that are spoken here, for the OpenAPI document. https://tus.io/protocols/resumable-upload */
import { Type } from 'typebox';

const resumable = Type.Unsafe<'1.0.0'>({ type: 'string', enum: ['1.0.0'], description: 'Version of tus' });
const bytes = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description, examples: [1024] });

/** "The key and value MUST be separated by a space. The key MUST NOT contain spaces and commas". */
const BASE64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?';
const PAIR = `[!-+\\--~]+(?: ${BASE64})?`;

export const TusRequest = Type.Object({ 'tus-resumable': resumable });

export const CreateRequest = Type.Object({
  ...TusRequest.properties,
  'upload-length': bytes('Size of the file'),
  'upload-metadata': Type.Optional(
    Type.String({
      pattern: `^${PAIR}(?:,${PAIR})*$`,
      description:
        'Keys, each with a value in base64. "filename" is the name of the file; others are ignored',
      examples: ['filename bW9kZWwub25ueA=='],
    }),
  ),
});

export const ContinueRequest = Type.Object({
  ...TusRequest.properties,
  'upload-offset': bytes('Where these bytes begin'),
});

export const UPLOAD_LOCATION = Type.String({
  description: 'Path of the upload',
  examples: ['/v1/uploads/0123456789abcdef0123456789abcdef'],
});
export const TUS_VERSION = { 'tus-resumable': resumable };
export const TUS_ANSWER = {
  ...TUS_VERSION,
  'upload-offset': bytes('How much is here'),
  'upload-expires': Type.String({
    description: 'When it is swept, unless it is continued (RFC 9110, 5.6.7)',
  }),
};
export const TUS_STATE = { ...TUS_ANSWER, 'upload-length': bytes('Size of the file') };
export const TUS_DESCRIPTION = {
  ...TUS_VERSION,
  'tus-version': Type.String({ examples: ['1.0.0'] }),
  'tus-extension': Type.String({ examples: ['creation,termination,expiration'] }),
  'tus-max-size': bytes('Largest upload'),
};
