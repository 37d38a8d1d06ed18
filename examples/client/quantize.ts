import { bitpress, fileAt } from '../../src/client/index.ts';

const client = bitpress('http://localhost:8080', { apiKey: process.env.BITPRESS_API_KEY });

const model = await client.uploadModel(fileAt('model.onnx'));
const calibration = await client.uploadDataset(fileAt('calib.npz'));
const { id } = await client.submit({
  model: model.id,
  calibration: calibration.id,
  method: { type: 'static-int8', calibrator: { type: 'mse' } },
  gates: { maxSizeRatio: 0.4 },
});

const job = await client.follow(id, { onUpdate: ({ stage, progress }) => console.log(stage, progress) });
if (job.verdict === 'fail') throw new Error(job.headline);
for (const artifact of job.artifacts ?? []) await client.download(artifact, artifact.name);
