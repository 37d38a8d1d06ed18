/** The bundled example through the real sandbox. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localRunner } from '../../../src/cli/runners/local.ts';
import { localInspect } from '../../../src/cli/runners/local-inspect.ts';
import { childEntry } from '../../../src/platform/child-entry.ts';

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/fashion-mbv2/${name}`, import.meta.url));
const entry = childEntry('sandbox');
const run = localRunner(entry);
const never = new AbortController().signal;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-local-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('localRunner', () => {
  it('quantizes, and the same work gives the same bytes', async () => {
    const files = { model: [example('model.onnx')] as const, calibration: example('calib.npz') };
    const spec = { method: 'static-int8', benchmark: false };
    const stages = new Set<string>();
    const first = await run(spec, files, ({ stage }) => stages.add(stage), never);
    expect([...first.artifacts.keys()]).toEqual(
      expect.arrayContaining(['model.onnx', 'report.json', 'report.md', 'report.html']),
    );
    expect(first.report.verdict).toBe('pass');
    expect(first.report.comparison.sizeRatio).toBeLessThan(0.4);
    expect([...stages]).toEqual(expect.arrayContaining(['importing', 'calibrating', 'verifying']));
    const second = await run(spec, files, () => {}, never);
    const bytes = [first, second].map(({ artifacts }) => readFileSync(artifacts.get('model.onnx')!));
    expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
    expect(second.report.provenance).toEqual(first.report.provenance);
    const folder = dirname(dirname(first.artifacts.get('model.onnx')!));
    first.dispose();
    second.dispose();
    expect(existsSync(folder)).toBe(false);
  });

  it('refuses a spec before anything runs', async () => {
    const files = { model: [example('model.onnx')] as const };
    await expect(run({ method: 'static-int8', speed: 9 }, files, () => {}, never)).rejects.toMatchObject({
      code: 'invalid_spec',
      place: { field: 'speed' },
    });
  });

  it('names what is wrong with the files', async () => {
    const broken = join(dir, 'broken.onnx');
    writeFileSync(broken, 'nothing of the kind');
    await expect(run({ method: 'convert' }, { model: [broken] }, () => {}, never)).rejects.toMatchObject({
      code: 'model_unreadable',
    });
    const files = { model: [example('model.onnx')] as const, calibration: broken };
    await expect(run({ method: 'static-int8' }, files, () => {}, never)).rejects.toMatchObject({
      code: 'dataset_unreadable',
    });
    await expect(run({ method: 'convert' }, { model: [dir] }, () => {}, never)).rejects.toMatchObject({
      code: 'file_unreadable',
    });
  });

  it('stops when the user gives up', async () => {
    const controller = new AbortController();
    const files = { model: [example('model.onnx')] as const, calibration: example('calib.npz') };
    const running = run({ method: 'static-int8' }, files, () => controller.abort(), controller.signal);
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it('inspects a model', async () => {
  expect(await localInspect(entry, never).inspect([example('model.onnx')])).toMatchObject({
    format: 'onnx',
    opset: 17,
    parameters: 177_142,
    fileBytes: 721_128,
    inputs: [{ name: 'input', dtype: 'float32', shape: ['N', 1, 28, 28] }],
    operators: { Conv: 26, Clip: 18 },
    recommendation: { method: 'static-int8' },
    methods: expect.arrayContaining([expect.objectContaining({ id: 'static-int8', quantizedNodes: 33 })]),
  });
});
