/** POST /v1/jobs?validateOnly=true with the real sandbox: what a job would do, and what it would refuse. */
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModel } from '../../src/core/onnx/write.ts';
import { childEntry } from '../../src/platform/child-entry.ts';
import { buildModel, tensor } from '../support/model-builder.ts';
import { bytesOf, npy } from '../support/npz.ts';
import { normal } from '../support/seeded.ts';
import { startService, type TestService } from '../support/service.ts';

const weights = (dims: readonly number[], seed: number) =>
  tensor('float32', dims, [
    ...normal(
      dims.reduce((a, b) => a * b),
      seed,
    ),
  ]);

/** x [N, 32] -> Gemm -> Relu -> Gemm -> Tanh -> y */
const MODEL = Buffer.concat(
  writeModel(
    buildModel({
      opset: 17,
      inputs: { x: ['float32', ['N', 32]] },
      initializers: {
        w1: weights([32, 64], 1),
        b1: weights([64], 2),
        w2: weights([64, 16], 3),
        b2: weights([16], 4),
      },
      nodes: [
        { op: 'Gemm', name: 'first', in: ['x', 'w1', 'b1'], out: ['h'] },
        { op: 'Relu', name: 'relu', in: ['h'], out: ['r'] },
        { op: 'Gemm', name: 'second', in: ['r', 'w2', 'b2'], out: ['s'] },
        { op: 'Tanh', name: 'tanh', in: ['s'], out: ['y'] },
      ],
      outputs: { y: ['float32', ['N', 16]] },
    }),
  ).chunks,
);
const CALIBRATION = npy('<f4', [16, 32], bytesOf(normal(512, 5)));
const WRONG = npy('<f4', [16, 31], bytesOf(normal(496, 6)));

let service: TestService;
beforeAll(async () => {
  service = await startService({}, childEntry('sandbox'));
});
afterAll(() => service?.close());
const preview = (spec: object) =>
  request(service.url)
    .post('/v1/jobs?validateOnly=true')
    .attach('model', MODEL, 'model.onnx')
    .field('spec', JSON.stringify(spec));

test('answers the plan and starts no job; the files are kept, so that the job itself names them', async () => {
  const answer = await preview({ method: 'static-int8', gates: { minSqnrDb: 30 } })
    .attach('calibration', CALIBRATION, 'calib.npy')
    .expect(200);
  expect(answer.body).toMatchObject({
    target: 'cpu',
    spec: { repair: true, method: { type: 'static-int8', activation: 'uint8' } },
    model: { format: 'onnx', opset: 17, parameters: 3152, operators: { Gemm: 2, Relu: 1, Tanh: 1 } },
    method: { id: 'static-int8', floatNodes: 1 },
    data: { calibrationSamples: 12, comparedSamples: 4 },
    recommendation: { method: 'static-int8' },
  });
  expect(answer.body.nodes).toContainEqual({
    node: 'tanh',
    opType: 'Tanh',
    outcome: 'float',
    code: 'operator_not_supported',
    reason: expect.stringContaining('Tanh'),
  });
  expect(answer.body.method.sizeRatio).toBeLessThan(0.5);
  const { body: jobs } = await request(service.url).get('/v1/jobs').expect(200);
  expect(jobs.items).toEqual([]);

  const { body: models } = await request(service.url).get('/v1/models').expect(200);
  const again = await request(service.url)
    .post('/v1/jobs?validateOnly=true')
    .send({ model: models.items[0].id, calibration: answer.body.spec.calibration, method: 'static-int8' })
    .expect(200);
  expect(again.body.method).toEqual(answer.body.method);

  const { body: job } = await request(service.url)
    .post('/v1/jobs')
    .send({
      model: models.items[0].id,
      calibration: answer.body.spec.calibration,
      method: 'static-int8',
      benchmark: false,
      repair: false,
    })
    .expect(202);
  const { body: done } = await request(service.url).get(`/v1/jobs/${job.id}?wait=30`).expect(200);
  const artifact = done.artifacts.find(({ name }: { name: string }) => name === 'model.onnx');
  expect(answer.body.method.artifactBytes / artifact.bytes).toBeCloseTo(1, 1);
});

test('a search previews its candidates, and runs over HTTP as any job', async () => {
  const answer = await preview({ method: 'auto', target: 'qnn' })
    .attach('calibration', CALIBRATION, 'calib.npy')
    .expect(200);
  expect(answer.body.candidates).toContainEqual({
    id: 'dynamic-int8',
    title: 'Dynamic INT8',
    problem: expect.stringContaining('target "qnn" does not run'),
  });
  expect(answer.body.method).toMatchObject({
    id: 'static-int8',
    options: { activation: 'uint8', bias: 'int32' },
  });
});

describe('refuses what a job would refuse', () => {
  test.each([
    [{ method: 'static-int8' }, undefined, 'calibration_required', 'calibration'],
    [{ method: 'convert', colour: 1 }, undefined, 'invalid_spec', 'colour'],
    [{ method: 'static-int8' }, WRONG, 'dataset_mismatch', 'array'],
    [
      { method: 'convert', preprocess: { image: { scale: 2 } } },
      CALIBRATION,
      'invalid_spec',
      'preprocess.image',
    ],
    [
      { method: 'convert', gates: { maxAccuracyDrop: 0.01 } },
      undefined,
      'invalid_spec',
      'gates.maxAccuracyDrop',
    ],
    [
      { method: 'convert', gates: { minSpeedup: 1 }, benchmark: false },
      undefined,
      'invalid_spec',
      'gates.minSpeedup',
    ],
    [{ method: { type: 'dynamic-int8', exclude: ['*'] } }, undefined, 'nothing_quantized', undefined],
  ] as const)('%j %#', async (spec, calibration, code, field) => {
    let asked = preview(spec);
    if (calibration) asked = asked.attach('calibration', calibration, 'calib.npy');
    const answer = await asked.expect(422);
    expect(answer.body).toMatchObject({ code, ...(field !== undefined && { field }) });
  });

  test('an unknown parameter', async () => {
    await request(service.url).post('/v1/jobs?validateOnly=perhaps').send({}).expect(400);
  });
});
