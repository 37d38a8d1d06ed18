/**
 * A sandbox entry that misbehaves on demand: the first bytes of the model file say how. Used in place of src/sandbox.ts
 * by tests of the supervisor, the queue and the API, which must hold whatever the pipeline does.
 * Plain JavaScript: it starts in a tenth of the time, and the suite starts many.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const send = message => {
  process.send?.(message);
};

const parent = process.ppid;

process.once('message', ({ task }) => {
  if (task.kind === 'inspect-dataset')
    return send({
      type: 'done',
      result: { arrays: [{ name: 'x', dtype: 'float32', shape: [1, 2] }] },
    });
  const text = readFileSync(task.modelFiles[0].path, 'utf8');
  if (text.startsWith('broken'))
    return send({
      type: 'failed',
      problem: {
        code: 'model_unreadable',
        status: 422,
        title: 'The file is not a readable model',
        detail: 'the file is broken',
        hint: 'mend it',
      },
    });
  if (task.kind === 'inspect-model')
    return send({
      type: 'done',
      result: {
        format: 'onnx',
        inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 2] }],
        outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 2] }],
        opset: 17,
        parameters: 4,
        operators: { MatMul: 1 },
        warnings: [],
      },
    });
  send({ type: 'progress', progress: { stage: 'calibrating', fraction: 0.5 } });
  // Its event loop is blocked for good, and still it does not outlive a supervisor that was killed.
  if (text.startsWith('spin')) while (process.ppid === parent);
  if (text.startsWith('hog')) return hog();
  if (text.startsWith('crash')) process.kill(process.pid, 'SIGSEGV');
  if (text.startsWith('dial')) return dial(Number(text.split(' ')[1]));
  if (text.startsWith('exit')) process.exit(0);
  if (text.startsWith('spawn')) {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    return fail(String(child.pid));
  }
  const report = { text, env: Object.keys(process.env).sort(), cwd: process.cwd() };
  const path = join(task.outDir, 'model.onnx');
  writeFileSync(path, `quantized ${text}`);
  writeFileSync(join(task.outDir, 'report.json'), JSON.stringify(report));
  writeFileSync(join(task.outDir, 'report.html'), '<h1>report</h1>');
  writeFileSync(join(task.outDir, 'report.md'), '# report');
  const delay = text.startsWith('slower') ? 4000 : text.startsWith('slow') ? 1500 : 0;
  setTimeout(
    () =>
      send({
        type: 'done',
        result: {
          verdict: text.startsWith('missed') ? 'fail' : 'pass',
          headline: '4 times smaller',
          artifacts: [
            { name: 'model.onnx', path, contentType: 'application/octet-stream' },
            { name: 'report.json', path: join(task.outDir, 'report.json'), contentType: 'application/json' },
            { name: 'report.html', path: join(task.outDir, 'report.html'), contentType: 'text/html' },
            { name: 'report.md', path: join(task.outDir, 'report.md'), contentType: 'text/markdown' },
          ],
        },
      }),
    delay,
  );
});

function fail(detail) {
  send({ type: 'failed', problem: { code: 'internal', status: 500, title: '', detail, hint: '' } });
}

function dial(port) {
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => fail('connected'));
  socket.once('error', error => fail(error.code));
}

function hog() {
  const kept = [];
  setInterval(() => kept.push(Buffer.alloc(32 * 1024 * 1024, 1)), 20);
}
