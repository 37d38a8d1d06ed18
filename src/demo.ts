/**
 * `npm run demo`: the main job through the running service, on the bundled model and its data.
 *
 * Starts the service on a free port with an empty data folder, does what three curls would do, prints the comparison,
 * leaves the files in demo-output/ and stops the service.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { progressView } from './cli/progress.ts';
import { remoteRunner } from './cli/runners/remote.ts';
import type { JobResult } from './cli/runners/runner.ts';
import { showProblem } from './cli/show-problem.ts';
import { renderTerminal } from './pipeline/render/terminal.ts';
import { childEntry } from './platform/child-entry.ts';

const SPEC = {
  method: 'static-int8',
  gates: { maxAccuracyDrop: 0.01, minSqnrDb: 20, maxSizeRatio: 0.4 },
} as const;
/** The embedded database takes a few seconds to make its files. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

const EXAMPLE = fileURLToPath(new URL('../examples/fashion-mbv2/', import.meta.url));
const OUTPUT = resolve('demo-output');
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
process.once('SIGTERM', () => controller.abort());

const io = {
  out: (text: string) => void process.stdout.write(`${text}\n`),
  err: (text: string) => void process.stderr.write(`${text}\n`),
  interactive: process.stderr.isTTY === true,
  color: process.stdout.isTTY === true && process.stdout.hasColors(),
  signal: controller.signal,
};

process.exitCode = await demo().catch((error: unknown) => {
  showProblem(error, io);
  return 1;
});

async function demo(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bitpress-demo-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  io.out(`Starting the service at ${url}`);
  const service = startService(port, dataDir);
  try {
    await ready(url, service);
    const result = await quantize(url);
    try {
      const written = keep(result);
      io.out(`\n${renderTerminal(result.report, { color: io.color })}\n`);
      for (const path of written) io.out(`wrote ${relative('.', path)}`);
      io.out(`\nOpen ${relative('.', join(OUTPUT, 'report.html'))} in a browser for the whole report.`);
      return result.report.verdict === 'pass' ? 0 : 2;
    } finally {
      result.dispose();
    }
  } finally {
    await stop(service);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function quantize(url: string): Promise<JobResult> {
  const file = (name: string): string => join(EXAMPLE, name);
  const shown = (name: string): string => relative('.', file(name));
  io.out(
    [
      'Quantizing a trained MobileNetV2 (Fashion-MNIST), as these would:',
      `  curl -F model=@${shown('model.onnx')} -F calibration=@${shown('calib.npz')} \\`,
      `       -F evaluation=@${shown('eval.npz')} -F 'spec=${JSON.stringify(SPEC)}' ${url}/v1/jobs`,
      `  curl '${url}/v1/jobs/JOB?wait=60'`,
      `  curl -OJ ${url}/v1/jobs/JOB/artifacts/model.onnx`,
    ].join('\n'),
  );
  const view = progressView(io);
  try {
    return await remoteRunner(url, undefined)(
      SPEC,
      { model: [file('model.onnx')], calibration: file('calib.npz'), evaluation: file('eval.npz') },
      progress => view.update(progress),
      controller.signal,
    );
  } finally {
    view.stop();
  }
}

function keep({ artifacts }: JobResult): readonly string[] {
  mkdirSync(OUTPUT, { recursive: true });
  return [...artifacts].map(([name, path]) => {
    const target = join(OUTPUT, name === 'model.onnx' ? 'model.int8.onnx' : name);
    copyFileSync(path, target);
    return target;
  });
}

function startService(port: number, dataDir: string): ChildProcess {
  const { path, execArgv } = childEntry('cli');
  return spawn(process.execPath, [...execArgv, path, 'serve'], {
    env: { HOST: '127.0.0.1', PORT: String(port), BITPRESS_DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function ready(url: string, service: ChildProcess): Promise<void> {
  const end = performance.now() + START_LIMIT_MS;
  while (performance.now() < end) {
    if (service.exitCode !== null) throw new Error(`the service ended with code ${service.exitCode}`);
    controller.signal.throwIfAborted();
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await setTimeout(100);
  }
  throw new Error(`the service was not ready after ${START_LIMIT_MS / 1000} s`);
}

async function stop(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const gone = new Promise(resolved => service.once('exit', resolved));
  service.kill('SIGTERM');
  await Promise.race([gone, setTimeout(STOP_LIMIT_MS, undefined, { ref: false })]);
  service.kill('SIGKILL');
}

function freePort(): Promise<number> {
  return new Promise((resolved, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolved(address.port) : reject(new Error('no port')),
      );
    });
  });
}
