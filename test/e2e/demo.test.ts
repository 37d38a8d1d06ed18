/** `npm run demo`, from source: service, upload, job, downloads, stop. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const demo = fileURLToPath(new URL('../../src/demo.ts', import.meta.url));

it('the demo runs through the service and leaves its files', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'bitpress-demo-test-'));
  try {
    const flags = ['--import', import.meta.resolve('tsx'), demo];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
    expect(stdout).toContain('verdict: pass');
    expect(stdout).toMatch(/Top-1 accuracy +89\.40 % +89\.\d\d %/);
    const output = join(cwd, 'demo-output');
    expect(statSync(join(output, 'model.int8.onnx')).size).toBeLessThan(0.4 * 721_128);
    expect(readFileSync(join(output, 'report.html'), 'utf8')).toContain('<svg');
    expect(JSON.parse(readFileSync(join(output, 'report.json'), 'utf8'))).toMatchObject({ verdict: 'pass' });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}, 120_000);
