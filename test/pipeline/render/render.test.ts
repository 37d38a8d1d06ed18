import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/contracts/report.ts';
import { buildReport } from '../../../src/pipeline/build-report.ts';
import { comparisonRows } from '../../../src/pipeline/render/comparison-rows.ts';
import { renderHtml } from '../../../src/pipeline/render/html/page.ts';
import { renderMarkdown } from '../../../src/pipeline/render/markdown.ts';
import { renderTerminal } from '../../../src/pipeline/render/terminal.ts';
import { stageResults } from '../../support/stage-results.ts';

const report = buildReport(stageResults);

const HOSTILE = [
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '| a | b |\n# heading',
  '[click](http://evil.example) ![](http://evil.example/x.png) http://evil.example www.evil.example',
  '\u001b[31mred\u001b]0;title\u0007',
  '\u202egnp.exe',
  'a'.repeat(5000),
];

/** The report of a model whose author put `name` wherever a name can stand. */
function hostile(name: string): Report {
  return buildReport({
    ...stageResults,
    model: { ...stageResults.model, name, producer: name },
    method: { ...stageResults.method, options: { exclude: [name] } },
    nodes: [{ node: name, opType: name, outcome: { float: { code: 'excluded', text: name } } }],
    values: [{ value: name, producer: name, dtype: 'uint8', sqnrDb: 10 }],
    outputs: [{ ...stageResults.outputs[0]!, name }],
    artifact: {
      ...stageResults.artifact,
      statistics: { ...stageResults.artifact.statistics, operators: { [name]: 3 } },
    },
    repair: {
      enabled: true,
      rounds: [{ released: [{ node: name, opType: name, to: 'float' }], kept: true }],
    },
    warnings: [name],
  });
}

/** Characters that do something where they are shown: controls but the line feed, and a change of direction. */
function acting(text: string): string[] {
  return [...text].filter(char => {
    const code = char.charCodeAt(0);
    return (code < 32 && char !== '\n') || (code >= 127 && code < 160) || code === 0x202e;
  });
}

/** Every tag of a page by name, and whether tags nest. */
function tags(page: string): { names: Set<string>; balanced: boolean } {
  const VOID = new Set(['meta', 'rect', 'path']);
  const names = new Set<string>();
  const open: string[] = [];
  let balanced = true;
  for (const [, close, name, rest] of page
    .replace(/<style>.*?<\/style>/s, '')
    .matchAll(/<(\/?)([a-z0-9]+)([^>]*)>/g)) {
    names.add(name!);
    if (VOID.has(name!) || rest!.endsWith('/')) continue;
    if (!close) open.push(name!);
    else balanced &&= open.pop() === name;
  }
  return { names, balanced: balanced && open.length === 0 };
}

describe('the HTML page', () => {
  it('is self-contained: no script, no link, no address', () => {
    const page = renderHtml(report);
    expect(page).not.toMatch(/https?:|src=|href=|url\(|@import|<script|javascript:/i);
    expect(page).toContain("default-src 'none'");
  });

  it('nests its tags', () => {
    expect(tags(renderHtml(report)).balanced).toBe(true);
  });

  it('shows every part of the report', () => {
    const page = renderHtml(report);
    for (const part of [
      'Comparison',
      'Gates',
      'Side by side',
      'Outputs against fp32',
      'Values that lose most',
      'Repair',
      'Structure',
      'Nodes that stayed float',
      'Provenance',
      '89.35 %',
      '0.388x',
      'excluded',
      'AMD EPYC',
    ])
      expect(page).toContain(part);
    expect(page.match(/<svg /g)!.length).toBe(8);
  });

  it.each(HOSTILE)('gives names no power: %j', name => {
    const page = renderHtml(hostile(name));
    const { names, balanced } = tags(page);
    expect(balanced).toBe(true);
    expect([...names].filter(tag => !tags(renderHtml(report)).names.has(tag))).toEqual([]);
    expect(acting(page)).toEqual([]);
    expect(page.replace(/"[^"]*"/g, '')).not.toMatch(/<[^>]* on\w+=/);
  });
});

describe('the Markdown page', () => {
  it('starts with the headline', () => {
    expect(renderMarkdown(report).split('\n')[0]).toBe(
      '# 2.58x smaller, 1.73x faster, top-1 accuracy 89.40 % before, 89.35 % after',
    );
  });

  it.each(HOSTILE)('keeps names inside their cells: %j', name => {
    const page = renderMarkdown(hostile(name));
    const plain = renderMarkdown(hostile('plain'));
    const shape = (text: string): string[] =>
      text.split('\n').map(line => `${line[0]}${line.match(/(?<!\\)\|/g)?.length}`);
    expect(shape(page)).toEqual(shape(plain));
    expect(page).not.toMatch(/(?<!\\)[<>]|(?<!\\)\[|(?<!\\):\/\/|www\./);
    expect(acting(page)).toEqual([]);
  });
});

describe('the terminal table', () => {
  it('aligns its columns', () => {
    const lines = renderTerminal(report).split('\n');
    expect(lines).toContain('File                   721 KB       280 KB        0.388x');
    expect(lines).toContain('Top-1 accuracy        89.40 %      89.35 %  -0.05 points');
    expect(lines).toContain('SQNR, worst output          –      37.2 dB');
    expect(lines.at(-1)).toBe('verdict: pass');
  });

  it('colours only where it is asked to', () => {
    expect(renderTerminal(report)).not.toContain('\u001b');
    expect(renderTerminal(report, { color: true })).toContain('\u001b[32m');
  });

  it.each(HOSTILE)('lets no name act on the terminal: %j', name => {
    expect(acting(renderTerminal(hostile(name)))).toEqual([]);
  });
});

it('the same report gives the same pages', () => {
  expect(renderHtml(buildReport(stageResults))).toBe(renderHtml(report));
  expect(renderMarkdown(buildReport(stageResults))).toBe(renderMarkdown(report));
});

it('gives a ratio for the median alone: tails of the latency say what else the machine did', () => {
  const rows = comparisonRows(report);
  const changes = rows.filter(({ label }) => label.startsWith('Latency')).map(({ change }) => change !== '');
  expect(changes).toEqual([true, false, false]);
});
