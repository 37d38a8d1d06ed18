/** The paper's comparison as one Markdown page. */
import { CLAIMS } from './claims.ts';
import type { StudyResult } from './run-methods.ts';
import type { Box, Drawing } from './structure.ts';
import { CLAIM_COLUMNS, COLUMNS, claimRows, rows } from './tables.ts';

export const TITLE = 'Keras to ONNX to fewer bits';

export function renderMarkdown(studies: readonly StudyResult[], machine: string): string {
  return [
    `# ${TITLE}`,
    `Each model runs on its own engine, as ONNX, and through every method; the evaluation images were not calibrated on. Measured on ${machine}.`,
    `What is claimed, and when it counts as true here: ${CLAIMS.map(({ text, bar }) => `**${text}** (${bar})`).join('; ')}.`,
    ...studies.flatMap(study => [
      `## ${study.study.title}`,
      table(COLUMNS, rows(study)),
      '### Do the claims hold?',
      table(CLAIM_COLUMNS, claimRows(study)),
      '### Structure, before and after',
      ...drawings(study),
    ]),
    '',
  ].join('\n\n');
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

function drawings({ results }: StudyResult): readonly string[] {
  const drawn = results.flatMap(({ method, drawing }) => (drawing ? [{ method, drawing }] : []));
  const [first] = drawn;
  if (!first) return [];
  const columns = [
    { title: 'layers', boxes: first.drawing.layers },
    ...drawn.map(({ method, drawing }: { method: string; drawing: Drawing }) => ({
      title: method === 'convert' ? 'ONNX' : method,
      boxes: drawing.operators,
    })),
  ];
  const height = Math.max(...columns.map(({ boxes }) => boxes.length));
  const body = Array.from({ length: height }, (_, index) => columns.map(({ boxes }) => text(boxes[index])));
  return [
    table(
      columns.map(({ title }) => title),
      body,
    ),
  ];
}

function text(box: Box | undefined): string {
  if (!box) return '';
  return box.mark === undefined ? box.label : `${box.label} \`${box.mark}\``;
}
