/** What the load runs ask of the service, by a general client. */
import { readFileSync } from 'node:fs';
import type { Deployment } from './processes.ts';

const EXAMPLE = new URL('../../examples/fashion-mbv2/', import.meta.url);

export interface View {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export function exampleFile(name: string): Blob {
  return new Blob([readFileSync(new URL(name, EXAMPLE))]);
}

export async function view({ url }: Deployment, id: string): Promise<View> {
  return (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as View;
}

/** The id of what was made. @throws Error with the problem that was answered */
export async function made(answer: Response): Promise<string> {
  const body = (await answer.json()) as View;
  if (!answer.ok) throw new Error(JSON.stringify(body));
  return body.id;
}
