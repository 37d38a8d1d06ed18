/** The contract itself: the OpenAPI document, and a page of the verbs and error codes that needs no network. */
import { stringify } from 'yaml';
import { CATALOGUE } from '../../errors.ts';
import { text } from '../components.ts';
import { problems } from '../problems.ts';
import type { Routes } from '../route.ts';

export const docs: Routes = app => {
  let written: string | undefined;
  app.get(
    '/openapi.yaml',
    {
      schema: {
        operationId: 'openapi',
        tags: ['service'],
        summary: 'This document',
        response: { 200: text('The document', { 'application/yaml': 'openapi: 3.1.0\n' }), ...problems() },
      },
    },
    async (_request, reply) => {
      // Without anchors, which readers of OpenAPI do not all follow.
      const document = (written ??= stringify(app.swagger(), { aliasDuplicateObjects: false }));
      return reply.type('application/yaml').send(document);
    },
  );
  app.get(
    '/docs',
    {
      schema: {
        operationId: 'docs',
        tags: ['service'],
        summary: 'Reference page',
        response: {
          200: text('The page', { 'text/html': '<!doctype html><h1>Bitpress API</h1>' }),
          ...problems(),
        },
      },
    },
    async (_request, reply) => reply.type('text/html; charset=utf-8').send(referencePage(app.swagger())),
  );
};

interface Operation {
  readonly summary?: string;
  readonly description?: string;
}

function referencePage(document: { paths?: object | undefined }): string {
  const rows = Object.entries((document.paths ?? {}) as Record<string, Record<string, Operation>>).flatMap(
    ([path, verbs]) =>
      Object.entries(verbs).map(
        ([verb, { summary = '', description = '' }]) =>
          `<tr><td>${verb.toUpperCase()}</td><td><code>${escapeHtml(path)}</code></td><td>${escapeHtml(summary)}. ${escapeHtml(description)}</td></tr>`,
      ),
  );
  const codes = Object.entries(CATALOGUE).map(
    ([code, { status, title, hint }]) =>
      `<tr id="${code}"><td>${status}</td><td><code>${code}</code></td><td>${escapeHtml(title)}. ${escapeHtml(hint)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Bitpress API</title>
<style>body{font:15px/1.5 system-ui;max-width:70rem;margin:2rem auto;padding:0 1rem}td{padding:.2rem .8rem;vertical-align:top;border-top:1px solid #8884}tr:target{background:#fd03}</style>
<h1>Bitpress API</h1><p>The whole contract: <a href="/openapi.yaml">openapi.yaml</a></p>
<h2>Paths</h2><table>${rows.join('\n')}</table><h2>Error codes</h2><table>${codes.join('\n')}</table></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
