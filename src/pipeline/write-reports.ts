/** Writes the report in its three forms, all rendered from one object. */
import type { Report } from '../contracts/report.ts';
import type { Files } from './ports.ts';
import { renderHtml } from './render/html/page.ts';
import { renderMarkdown } from './render/markdown.ts';

export interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
}

export function writeReports(report: Report, outDir: string, files: Files): readonly Artifact[] {
  const text = (name: string, contentType: string, content: string): Artifact => {
    const path = files.join(outDir, name);
    files.write(path, [Buffer.from(content)]);
    return { name, path, contentType };
  };
  return [
    text('report.json', 'application/json', `${JSON.stringify(report, null, 2)}\n`),
    text('report.md', 'text/markdown; charset=utf-8', renderMarkdown(report)),
    text('report.html', 'text/html; charset=utf-8', renderHtml(report)),
  ];
}
