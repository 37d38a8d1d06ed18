/** Sends a small model through the whole pipeline on random data, in this process, without benchmark. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { Model } from '../../src/core/ir/model.ts';
import { readModel } from '../../src/core/onnx/read.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import type { Ports } from '../../src/pipeline/ports.ts';
import { runJob } from '../../src/pipeline/run-job.ts';
import { localPorts } from './local-ports.ts';

export interface GraphResult {
  readonly report: Report;
  readonly artifact: Model;
  readonly bytes: Uint8Array;
}

export interface JobInputs {
  readonly model: string;
  readonly calibration?: string;
  readonly evaluation?: string;
}

export async function runFiles(
  inputs: JobInputs,
  spec: Record<string, unknown>,
  ports: Partial<Ports> = {},
): Promise<GraphResult> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
  try {
    const workDir = join(directory, 'work');
    const outDir = join(directory, 'out');
    for (const path of [workDir, outDir]) mkdirSync(path);
    const digest = (letter: string) => letter.repeat(64);
    const { report } = await runJob(
      {
        modelFiles: [{ name: 'model.onnx', path: inputs.model }],
        ...(inputs.calibration !== undefined && { calibration: inputs.calibration }),
        ...(inputs.evaluation !== undefined && { evaluation: inputs.evaluation }),
        spec: parseSpec({ benchmark: false, ...spec }),
        workDir,
        outDir,
        provenance: { model: digest('a') },
      },
      { ...localPorts, ...ports },
    );
    const bytes = readFileSync(join(outDir, 'model.onnx'));
    return { report, bytes, artifact: readModel(bytes) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export async function quantizeGraph(
  model: Model,
  method: Record<string, unknown>,
  spec: Record<string, unknown> = {},
  ports: Partial<Ports> = {},
): Promise<GraphResult> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
  try {
    const path = join(directory, 'model.onnx');
    writeFileSync(path, Buffer.concat([...writeModel(model).chunks]));
    return await runFiles(
      { model: path },
      { method, calibration: { synthetic: true, samples: 16 }, repair: false, ...spec },
      ports,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
