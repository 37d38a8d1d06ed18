/**
 * The mutation fuzzer: `npm run fuzz -- --target reader --seed 1 --count 100000`, or `--seconds 1800`.
 *
 * The same seed gives the same cases; `--case N` runs one of them in this process and shows what happens. Mutants of
 * findings are kept under `--keep` (a temporary folder), never in the repository. Exit code 1 where there is a finding.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { loadCorpus } from './corpus.ts';
import { exerciseJob } from './exercise-job.ts';
import { exerciseReader } from './exercise-reader.ts';
import { caseOf } from './mutants.ts';
import { runServiceCampaign } from './service/service-campaign.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'reader' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    seconds: { type: 'string' },
    case: { type: 'string' },
    keep: { type: 'string', default: join(tmpdir(), 'bitpress-fuzz-findings') },
  },
});
const log = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
const target = values.target === 'job' ? 'job' : 'reader';
const seed = Number(values.seed);

if (values.case !== undefined) {
  const mutant = caseOf(await loadCorpus(), seed, Number(values.case));
  log(`${mutant.origin}: ${mutant.edits.join(', ')}, ${mutant.bytes.length} bytes`);
  console.log(await (target === 'job' ? exerciseJob : exerciseReader)(mutant));
} else if (values.target === 'service') {
  const { outcomes, findings, livez, traced, scannedBytes } = await runServiceCampaign({
    seed,
    count: Number(values.count ?? 300),
    log,
  });
  report(outcomes, findings);
  log(
    `  ${JSON.stringify(livez)}, opened files ${traced ? 'traced' : 'not traced'}, ${scannedBytes} bytes scanned`,
  );
} else {
  const unlimited = Number.POSITIVE_INFINITY;
  const result = await runCampaign({
    target,
    seed,
    count: Number(values.count ?? (values.seconds === undefined ? 10_000 : 2 ** 31)),
    seconds: values.seconds === undefined ? unlimited : Number(values.seconds),
    keep: values.keep,
    log,
  });
  log(`${target} seed ${seed}: ${result.cases} cases in ${result.seconds.toFixed(0)} s`);
  report(result.outcomes, result.findings);
  log(
    `  slowest case ${result.slowest.index} took ${result.slowest.ms.toFixed(0)} ms, peak memory ${(result.peakBytes / 2 ** 20).toFixed(0)} MiB, ${result.renewed} processes renewed`,
  );
}

function report(outcomes: ReadonlyMap<string, number>, findings: readonly string[]): void {
  for (const [code, count] of [...outcomes].sort((a, b) => b[1] - a[1])) log(`  ${code}: ${count}`);
  for (const finding of findings) log(`FINDING ${finding}`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
