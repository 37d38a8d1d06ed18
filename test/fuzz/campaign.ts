/**
 * Runs cases in child processes and judges them: an exception outside the catalogue, a case that uses more processor time
 * than the limit, a process above the memory limit, a crash.
 *
 * In a whole job the native runtime may crash, hang or swell: the service's sandbox turns that into sandbox_died, timeout
 * or out_of_memory, so there it is counted and no finding. In the reader it is one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message, Start, Target } from './child.ts';
import { type Corpus, loadCorpus } from './corpus.ts';
import { caseOf } from './mutants.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** Processor seconds of one case: real models of the corpus need far less. */
const CPU_LIMIT_SECONDS: Readonly<Record<Target, number>> = { reader: 20, job: 60 };
const MEMORY_LIMIT_BYTES: Readonly<Record<Target, number>> = { reader: 1.5 * 2 ** 30, job: 3 * 2 ** 30 };
const PERIOD_MS = 250;
const TICKS_PER_SECOND = 100;

export interface CampaignOptions {
  readonly target: Target;
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
  /** Where mutants of findings are kept. */
  readonly keep: string;
  readonly log: (line: string) => void;
}

export interface CampaignResult {
  readonly cases: number;
  readonly seconds: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly findings: readonly string[];
  readonly slowest: { readonly index: number; readonly ms: number };
  readonly peakBytes: number;
  /** How often a file left a process that is no good for others. */
  readonly renewed: number;
}

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { target, seed, count, seconds, keep, log } = options;
  const began = Date.now();
  const corpus = await loadCorpus();
  const outcomes = new Map<string, number>();
  const findings = new Map<string, number>();
  let [next, peakBytes, renewed] = [0, 0, 0];
  let slowest = { index: 0, ms: 0 };
  const note = (code: string): void => void outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
  const find = (index: number, text: string): void => {
    // Each case has a folder of its own.
    const kind = text
      .split('\n')
      .slice(0, 2)
      .join(' ')
      .replaceAll(/bitpress-fuzz-job-\w+/g, '');
    findings.set(kind, (findings.get(kind) ?? 0) + 1);
    if (findings.get(kind) === 1) keepMutant(corpus, { seed, index, keep, text, log });
  };

  while (next < count && Date.now() - began < seconds * 1000) {
    let running = -1;
    let spoiled = false;
    let lastLog = Date.now();
    const end = await runChild(
      { target, seed, from: next, to: count },
      {
        onMessage(message) {
          if (message.type === 'begin') running = message.index;
          if (message.type === 'spoiled') spoiled = true;
          if (message.type === 'end') {
            note(message.outcome.code);
            if (message.ms > slowest.ms) slowest = { index: message.index, ms: message.ms };
          }
          if (message.type === 'finding') {
            note('FINDING');
            find(message.index, message.text);
          }
          if (message.type === 'end' || message.type === 'finding') next = message.index + 1;
          if (Date.now() - lastLog > 30_000) {
            lastLog = Date.now();
            log(`${target} seed ${seed}: ${next} cases, ${findings.size} kinds of findings`);
          }
        },
        onMemory: bytes => {
          peakBytes = Math.max(peakBytes, bytes);
        },
        isOver: () => Date.now() - began > seconds * 1000,
      },
    );
    if (end === 'done' && !spoiled) break;
    if (spoiled) {
      renewed++;
      continue;
    }
    if (running < next) throw new Error(`the child ended (${end}) between two cases`);
    note(end);
    if (target === 'reader' || end === 'unknown') find(running, `process: ${end}`);
    next = running + 1;
  }
  return {
    cases: next,
    seconds: (Date.now() - began) / 1000,
    outcomes,
    findings: [...findings].map(([kind, times]) => `${times} x ${kind}`),
    slowest,
    peakBytes,
    renewed,
  };
}

interface Watch {
  onMessage(message: Message): void;
  onMemory(bytes: number): void;
  isOver(): boolean;
}

function runChild(start: Start, watch: Watch): Promise<string> {
  const child = fork(CHILD, [], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise(resolve => {
    let verdict: string | undefined;
    let caseCpu = Number.POSITIVE_INFINITY;
    const stop = (why: string): void => {
      verdict ??= why;
      child.kill('SIGKILL');
    };
    const timer = setInterval(() => {
      if (watch.isOver()) return stop('done');
      const used = usage(child);
      if (!used) return;
      watch.onMemory(used.bytes);
      if (used.bytes > MEMORY_LIMIT_BYTES[start.target]) stop('out_of_memory');
      if (used.cpuSeconds - caseCpu > CPU_LIMIT_SECONDS[start.target]) stop('timeout');
    }, PERIOD_MS);
    child.on('message', (message: Message) => {
      if (message.type === 'begin') caseCpu = usage(child)?.cpuSeconds ?? caseCpu;
      watch.onMessage(message);
    });
    child.once('exit', (code, signal) => {
      clearInterval(timer);
      resolve(verdict ?? (code === 0 ? 'done' : signal ? 'sandbox_died' : 'unknown'));
    });
    child.send(start);
  });
}

/** Processor time and resident memory from /proc (proc(5), stat: fields 14, 15 and 24). */
function usage({ pid }: ChildProcess): { cpuSeconds: number; bytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, bytes: Number(fields[21]) * 4096 };
  } catch {
    return undefined;
  }
}

function keepMutant(
  corpus: Corpus,
  {
    seed,
    index,
    keep,
    text,
    log,
  }: { seed: number; index: number; text: string } & Pick<CampaignOptions, 'keep' | 'log'>,
): void {
  const { bytes, edits, origin, fileName } = caseOf(corpus, seed, index);
  mkdirSync(keep, { recursive: true });
  const base = join(keep, `${seed}-${index}-`);
  writeFileSync(base + fileName, bytes);
  writeFileSync(
    `${base}finding.txt`,
    `seed ${seed} case ${index}\n${origin}\n${edits.join(', ')}\n${text}\n`,
  );
  log(
    `FINDING seed ${seed} case ${index} (${edits.join(', ')}; ${origin}): ${text.split('\n').slice(0, 4).join(' | ')}`,
  );
}
