/**
 * HTML that is built from trusted templates and escaped data.
 *
 * Invariant: `html` escapes every interpolation that is not itself `Html`, so that data cannot become markup; there are
 * no unquoted attributes in any template.
 */
import { plainText } from '../plain-text.ts';

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly Part[];

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((whole, each, index) => whole + render(parts[index - 1]) + each));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return String(part)
    .split(' ')
    .map(word => plainText(word).replace(/[&<>"']/g, char => ENTITIES[char]!))
    .join(' ');
}
