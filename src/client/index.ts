/** What `import … from 'bitpress/client'` gives. */
export { BitpressError, type ErrorCode, isBitpressError } from '../errors.ts';
export {
  type Artifact,
  type Bitpress,
  type BitpressOptions,
  bitpress,
  type Dataset,
  type Job,
  type JobSubmission,
  type Model,
  type Report,
} from './bitpress.ts';
export { type FileSource, fileAt, fileOf } from './file-source.ts';
export type { FollowOptions } from './follow.ts';
export type { components, operations, paths } from './schema.generated.ts';
export type { UploadOptions } from './upload.ts';
