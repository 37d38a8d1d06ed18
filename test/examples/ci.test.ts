/** The shell steps of examples/ci, as they stand in the files, against a running service. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startService, type TestService } from '../support/service.ts';

interface Workflow {
  readonly jobs: { readonly quantize: { readonly steps: readonly { name?: string; run?: string }[] } };
}
interface Pipeline {
  readonly quantize: { readonly script: readonly string[] };
}
const read = (name: string): unknown => parse(readFileSync(join('examples/ci', name), 'utf8'));
const github = (read('github-actions.yml') as Workflow).jobs.quantize.steps.find(
  ({ name }) => name === 'Quantize',
)?.run;
const gitlab = (read('gitlab-ci.yml') as Pipeline).quantize.script.join('\n');

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.close());

/** Runs a step in a repository of its own. */
async function run(script: string, model: string, spec = '{"method":"convert"}') {
  const dir = mkdtempSync(join(tmpdir(), 'bitpress-ci-'));
  const files = { 'model.onnx': model, 'calib.npz': 'calib', 'eval.npz': 'eval', 'bitpress.json': spec };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  const summary = join(dir, 'summary');
  const { code, stdout } = await promisify(execFile)('sh', ['-c', script], {
    cwd: dir,
    env: { PATH: process.env.PATH, BITPRESS_URL: service.url, GITHUB_STEP_SUMMARY: summary },
  }).then(
    done => ({ code: 0, stdout: done.stdout }),
    (error: { code: number; stdout: string }) => error,
  );
  const file = (name: string): string | undefined => {
    try {
      return readFileSync(join(dir, name), 'utf8');
    } catch {
      return undefined;
    }
  };
  const result = {
    code,
    stdout,
    artifact: file('out/model.onnx'),
    report: file('out/report.md'),
    summary: file('summary'),
  };
  rmSync(dir, { recursive: true });
  return result;
}

const hasTools = ['curl', 'jq'].every(tool => spawnSync(tool, ['--version']).status === 0);

describe.skipIf(!hasTools).each([
  ['GitHub Actions', github ?? '', true],
  ['GitLab CI', gitlab, false],
])('%s (needs curl and jq)', (_, script, hasSummary) => {
  test('a model that holds: 0, its artifact and its report', async () => {
    const { code, stdout, artifact, report, summary } = await run(script, 'slow but good in CI');
    expect(stdout).toBe('pass: 4 times smaller\n');
    expect({ code, artifact, report }).toEqual({
      code: 0,
      artifact: 'quantized slow but good in CI',
      report: '# report',
    });
    expect(summary).toBe(hasSummary ? '# report' : undefined);
  });

  test('a missed gate: 2, and the report all the same', async () => {
    const { code, stdout, report, summary } = await run(script, 'missed');
    expect(stdout).toBe('fail: 4 times smaller\n');
    expect({ code, report }).toEqual({ code: 2, report: '# report' });
    expect(summary).toBe(hasSummary ? '# report' : undefined);
  });

  test('an error: 1, and what to do', async () => {
    const refused = await run(script, 'good', '{"method":"int9"}');
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(
      /^The job spec is not valid: "method" must name a method.*GET \/v1\/methods/,
    );
    const failed = await run(script, 'crash');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^job failed: The process running the job died: /);
    expect(failed.artifact).toBeUndefined();
  });
});
