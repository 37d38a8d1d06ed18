/**
 * Uploaded files -> models and datasets with their descriptions, each read once in a sandbox.
 *
 * Invariant: a document exists only for files that were read without an error, so a job never starts on a broken one.
 */
import type { StoredFile } from '../contracts/common.ts';
import type { DatasetResource } from '../contracts/dataset.ts';
import type { ModelResource } from '../contracts/model.ts';
import { mainFirst, modelId } from '../contracts/model-id.ts';
import { BitpressError } from '../errors.ts';
import type { ApiDeps } from './deps.ts';

export interface Known<R> {
  readonly resource: R;
  readonly created: boolean;
}

export async function addModel(
  sent: readonly StoredFile[],
  { store, inspector }: ApiDeps,
  signal: AbortSignal,
): Promise<Known<ModelResource>> {
  const files = ordered(sent);
  const id = modelId(files);
  const known = await getModel(id, store);
  if (known) {
    await store.touchDocument('models', id);
    return { resource: known, created: false };
  }
  const description = await inspector.model(files, signal);
  const resource: ModelResource = {
    id,
    files: [...files],
    createdAt: new Date().toISOString(),
    ...description,
  };
  await store.putDocument('models', id, resource);
  return { resource, created: true };
}

export async function addDataset(
  file: StoredFile,
  { store, inspector }: ApiDeps,
  signal: AbortSignal,
): Promise<Known<DatasetResource>> {
  const id = file.sha256;
  const known = await getDataset(id, store);
  if (known) {
    await store.touchDocument('datasets', id);
    return { resource: known, created: false };
  }
  const { arrays } = await inspector.dataset(file, signal);
  const resource: DatasetResource = { id, file, createdAt: new Date().toISOString(), arrays };
  await store.putDocument('datasets', id, resource);
  return { resource, created: true };
}

export async function getModel(id: string, store: ApiDeps['store']): Promise<ModelResource | undefined> {
  return (await store.getDocument('models', id)) as ModelResource | undefined;
}

export async function getDataset(id: string, store: ApiDeps['store']): Promise<DatasetResource | undefined> {
  return (await store.getDocument('datasets', id)) as DatasetResource | undefined;
}

export async function needModel(id: string, store: ApiDeps['store']): Promise<ModelResource> {
  const model = await getModel(id, store);
  if (!model) throw new BitpressError('not_found', `there is no model ${id}`, { field: 'model' });
  return model;
}

export async function needDataset(
  id: string,
  store: ApiDeps['store'],
  field = 'id',
): Promise<DatasetResource> {
  const dataset = await getDataset(id, store);
  if (!dataset) throw new BitpressError('not_found', `there is no dataset ${id}`, { field });
  return dataset;
}

/** The order in which files were sent does not make another model. */
function ordered(sent: readonly StoredFile[]): readonly StoredFile[] {
  const files = mainFirst(sent);
  if (files.length === 0)
    throw new BitpressError('invalid_request', 'the model file is missing', { field: 'model' });
  if (new Set(files.map(file => file.name)).size !== files.length)
    throw new BitpressError('invalid_request', 'two files of the model have the same name', {
      field: 'model',
    });
  return files;
}
