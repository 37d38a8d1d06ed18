/** A client that tries again while servers come and go, as ours does, and remembers what it was promised. */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

export interface View {
  readonly id: string;
  readonly state: string;
  readonly stage?: string;
  readonly startedAt?: string;
  readonly error?: { readonly code: string };
  readonly artifacts?: readonly { readonly name: string; readonly url: string; readonly sha256: string }[];
}

export interface PatientClient {
  /** Ids of all jobs that were accepted. */
  readonly accepted: ReadonlySet<string>;
  /** Asks one server, and the next one where that one does not answer. */
  call(server: number, path: string, init?: RequestInit): Promise<View>;
  submit(text: string): Promise<string>;
  untilRunning(id: string): Promise<void>;
  end(id: string): Promise<View>;
  expectSuccess(id: string, text: string): Promise<void>;
}

export function patientClient(urls: readonly string[]): PatientClient {
  const accepted = new Set<string>();
  let jobs = 0;
  const url = (index: number): string => urls[index % urls.length]!;
  const client: PatientClient = {
    accepted,
    async call(server, path, init) {
      for (let attempt = 0; attempt < 120; attempt++) {
        try {
          const answer = await fetch(`${url(server + attempt)}${path}`, init);
          if (answer.status < 500) return (await answer.json()) as View;
        } catch {
          // The server or its connection was killed.
        }
        await sleep(250);
      }
      throw new Error(`${path} was not answered`);
    },
    async submit(text) {
      const body = new FormData();
      body.append('spec', '{"method":"convert"}');
      body.append('model', new Blob([text]), 'model.onnx');
      const { id } = await client.call(jobs++, '/v1/jobs', { method: 'POST', body });
      accepted.add(id);
      return id;
    },
    async untilRunning(id) {
      for (let turn = 0; turn < 400; turn++) {
        const { state, stage } = await client.call(0, `/v1/jobs/${id}`);
        if (stage !== undefined) return;
        if (state !== 'queued' && state !== 'running') throw new Error(`the job is ${state} already`);
        await sleep(25);
      }
      throw new Error(`job ${id} did not start`);
    },
    async end(id) {
      for (let turn = 0; turn < 30; turn++) {
        const view = await client.call(turn, `/v1/jobs/${id}?wait=5`);
        if (view.state !== 'queued' && view.state !== 'running') return view;
      }
      throw new Error(`job ${id} did not end`);
    },
    async expectSuccess(id, text) {
      const view = await client.end(id);
      // With its error, so that a failure says what went wrong.
      expect({ state: view.state, error: view.error }).toEqual({ state: 'succeeded' });
      const answer = await fetch(`${url(0)}${view.artifacts![0]!.url}`);
      expect(await answer.text()).toBe(`quantized ${text}`);
    },
  };
  return client;
}

/** Files of a store on a folder whose content is not what their name says. */
export async function wrongBlobs(folder: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const expected = name.split('/').at(-1)!;
    if (expected.length !== 64) continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== expected) wrong.push(name);
  }
  return wrong;
}
