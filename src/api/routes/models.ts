/** Models: upload, describe, list, delete, bytes back. */

import { MODEL_EXAMPLE } from '../examples.ts';
import { READING_MODEL } from '../problems.ts';
import { addModel, needModel } from '../resources.ts';
import { storedRoutes } from '../stored-routes.ts';

export const models = storedRoutes({
  kind: 'models',
  noun: 'model',
  component: 'Model',
  example: MODEL_EXAMPLE,
  upload: {
    description:
      'An ONNX file with its external-data files, or one Keras file; or the ids of finished resumable uploads. 200 for bytes already known.',
    parts: ['file', 'model'],
    part: 'Repeat for external data',
    rawName: 'model.onnx',
    problems: READING_MODEL,
  },
  add: addModel,
  need: needModel,
  file: ({ files: [first] }) => first,
});
