/**
 * Mutants as jobs on a live server: every method in turn, /livez asked all the while, canary files planted around.
 *
 * A finding is: an answer of 5xx, a job without a terminal state, a code that is not in the catalogue or says that the
 * fault is ours, the marker of a canary in anything that the server gives or logs, a canary that was opened, a server that
 * ended.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE } from '../../../src/errors.ts';
import { METHOD_SETTINGS } from '../../support/method-settings.ts';
import { type Corpus, loadCorpus } from '../corpus.ts';
import { type Case, caseOf } from '../mutants.ts';
import { attackModel } from './attack-model.ts';
import { type Canaries, plantCanaries } from './canaries.ts';
import { type LiveServer, startLiveServer } from './live-server.ts';
import { type LivezFigures, probeLivez } from './livez-probe.ts';

const AT_ONCE = 3;
const WAITS = 12;
/** One in so many asks for the canaries; the others are mutants as the other campaigns have them. */
const ATTACK_EVERY = 3;
const OUR_FAULT = ['internal', 'artifact_broken', 'conversion_differs'];

export interface ServiceOptions {
  readonly seed: number;
  readonly count: number;
  readonly log: (line: string) => void;
}
export interface ServiceResult {
  readonly outcomes: ReadonlyMap<string, number>;
  readonly findings: readonly string[];
  readonly livez: LivezFigures;
  /** Whether every opened file was seen. */
  readonly traced: boolean;
  readonly scannedBytes: number;
}

interface View {
  readonly state?: string;
  readonly error?: { readonly code: string; readonly detail?: string };
  readonly links?: { readonly report?: string };
  readonly artifacts?: readonly { readonly url: string }[];
}

export async function runServiceCampaign({ seed, count, log }: ServiceOptions): Promise<ServiceResult> {
  const corpus = await loadCorpus();
  const root = mkdtempSync(join(tmpdir(), 'bitpress-fuzz-service-'));
  const folders = { root, cwd: join(root, 'cwd'), home: join(root, 'home'), data: join(root, 'data') };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const canaries = plantCanaries(root, [...Object.values(folders), join(folders.data, 'scratch')]);
  const server = await startLiveServer(folders);
  const campaign = new Campaign(server, canaries, corpus, seed);
  const probe = probeLivez(server.url);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count && server.isAlive(); index = next++) {
      await campaign.run(index);
      if (index % 25 === 24)
        log(`service seed ${seed}: ${index + 1} jobs, ${campaign.findings.length} findings`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const livez = await probe.stop();
    if (!server.isAlive()) campaign.findings.push('the server ended');
    await server.stop();
    campaign.scan('the log', Buffer.from(server.log()));
    const opened = server.opened();
    for (const path of canaries.paths)
      if (opened?.includes(`"${path}"`)) campaign.findings.push(`${path} was opened`);
    const { outcomes, findings, scannedBytes } = campaign;
    return { outcomes, findings, livez, traced: opened !== undefined, scannedBytes };
  } finally {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

class Campaign {
  readonly outcomes = new Map<string, number>();
  readonly findings: string[] = [];
  scannedBytes = 0;

  readonly server: LiveServer;
  readonly canaries: Canaries;
  readonly corpus: Corpus;
  readonly seed: number;

  constructor(server: LiveServer, canaries: Canaries, corpus: Corpus, seed: number) {
    this.server = server;
    this.canaries = canaries;
    this.corpus = corpus;
    this.seed = seed;
  }

  async run(index: number): Promise<void> {
    const mutant =
      index % ATTACK_EVERY === 0
        ? attackModel(this.corpus, this.seed, index, this.canaries.locations)
        : caseOf(this.corpus, this.seed, index);
    const where = `seed ${this.seed} case ${index} (${mutant.origin}: ${mutant.edits.join(', ')})`;
    try {
      const code = await this.#job(mutant, where);
      this.outcomes.set(code, (this.outcomes.get(code) ?? 0) + 1);
    } catch (error) {
      this.findings.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #job(mutant: Case, where: string): Promise<string> {
    const { index, fileName, bytes } = mutant;
    const method = METHOD_SETTINGS[index % METHOD_SETTINGS.length];
    const spec = {
      method,
      calibration: { synthetic: true, samples: 4 },
      benchmark: index % 10 === 0,
      limits: { timeoutSeconds: 60, memoryMb: 2048 },
    };
    const form = new FormData();
    form.append('spec', JSON.stringify(spec));
    form.append('model', new Blob([Uint8Array.from(bytes)]), fileName);
    const submitted = await this.#fetch('/v1/jobs', where, { method: 'POST', body: form });
    if (!submitted.location) return `${submitted.status} ${JSON.parse(submitted.text).code}`;
    for (let turn = 0; turn < WAITS; turn++) {
      const { text } = await this.#fetch(`${submitted.location}?wait=30`, where);
      const view = JSON.parse(text) as View;
      if (view.state === 'queued' || view.state === 'running') continue;
      await this.#fetchAll(view, where);
      if (view.state === 'succeeded') return 'succeeded';
      const code = view.error?.code ?? 'none';
      if (!(code in CATALOGUE) || OUR_FAULT.includes(code))
        this.findings.push(`${where} ${JSON.stringify(method)}: ${code}: ${view.error?.detail}`);
      return code;
    }
    throw new Error('the job did not end');
  }

  async #fetchAll({ links, artifacts }: View, where: string): Promise<void> {
    const reports = links?.report ? [links.report, `${links.report}.html`, `${links.report}.md`] : [];
    for (const path of [...reports, ...(artifacts ?? []).map(({ url }) => url)])
      await this.#fetch(path, where);
  }

  async #fetch(path: string, where: string, init?: RequestInit) {
    const answer = await fetch(this.server.url + path, init);
    const body = Buffer.from(await answer.arrayBuffer());
    this.scan(`${where} ${path}`, body);
    if (answer.status >= 500)
      throw new Error(`${path} answered ${answer.status}: ${body.toString().slice(0, 300)}`);
    return { status: answer.status, text: body.toString(), location: answer.headers.get('location') };
  }

  scan(what: string, body: Buffer): void {
    this.scannedBytes += body.length;
    if (body.includes(this.canaries.marker)) this.findings.push(`${what} holds a canary`);
  }
}
