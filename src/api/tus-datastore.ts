/** Our partial uploads as the store that @tus/server expects. */
import type { Readable } from 'node:stream';
import { DataStore, ERRORS, Upload } from '@tus/server';
import type { PartialUploads } from '../contracts/partial-uploads.ts';

/** An upload is continued within this time or begun anew. */
export const PARTIAL_LIFETIME_MS = 24 * 3_600_000;

export class TusDatastore extends DataStore {
  readonly #uploads: PartialUploads;

  constructor(uploads: PartialUploads) {
    super();
    this.#uploads = uploads;
    this.extensions = [
      'creation',
      'creation-with-upload',
      'creation-defer-length',
      'termination',
      'expiration',
    ];
  }

  override async create(upload: Upload): Promise<Upload> {
    upload.creation_date = new Date().toISOString();
    await this.#uploads.create({
      id: upload.id,
      size: upload.size,
      createdAt: upload.creation_date,
      filename: upload.metadata?.filename ?? undefined,
    });
    return upload;
  }

  override write(content: Readable, id: string, offset: number): Promise<number> {
    return this.#uploads.append(id, offset, content);
  }

  override async getUpload(id: string): Promise<Upload> {
    const found = await this.#uploads.get(id);
    if (!found) throw ERRORS.FILE_NOT_FOUND;
    const { size, offset, createdAt, filename } = found;
    return new Upload({
      id,
      ...(size !== undefined && { size }),
      offset,
      creation_date: createdAt,
      ...(filename !== undefined && { metadata: { filename } }),
    });
  }

  override declareUploadLength(id: string, size: number): Promise<void> {
    return this.#uploads.setSize(id, size);
  }

  override async remove(id: string): Promise<void> {
    if (!(await this.#uploads.remove(id))) throw ERRORS.FILE_NOT_FOUND;
  }

  override getExpiration(): number {
    return PARTIAL_LIFETIME_MS;
  }
}
