/** Datasets: upload, describe, list, delete, bytes back. */
import { BitpressError } from '../../errors.ts';
import { DATASET_EXAMPLE } from '../examples.ts';
import { READING_DATASET } from '../problems.ts';
import { addDataset, needDataset } from '../resources.ts';
import { storedRoutes } from '../stored-routes.ts';

export const datasets = storedRoutes({
  kind: 'datasets',
  noun: 'dataset',
  component: 'Dataset',
  example: DATASET_EXAMPLE,
  upload: {
    description:
      '.npz with one array per model input, .npy, .zip of images, or .zip of test_data_set folders; or the id of a finished resumable upload. 200 for bytes already known.',
    parts: ['file'],
    part: 'One file',
    rawName: 'dataset.npz',
    problems: READING_DATASET,
  },
  add([file, ...more], deps, signal) {
    if (!file || more.length > 0)
      throw new BitpressError('invalid_request', 'a dataset is exactly one file', { field: 'file' });
    return addDataset(file, deps, signal);
  },
  need: needDataset,
  file: ({ file }) => file,
});
