/**
 * The few Python literals that a .npy header is made of: dict, tuple, list, string, integer, True, False, None.
 *
 * Invariant: nothing is evaluated; a text that is not one such literal from its first to its last character is refused,
 * and the nesting is bounded.
 */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>;

/** A header nests a tuple in a dict; structured types add a list or two. */
const MAX_DEPTH = 8;

/** @throws SyntaxError with the position. */
export function parsePythonLiteral(text: string): PythonLiteral {
  let at = 0;
  const value = parse(0);
  skipSpace();
  if (at < text.length) fail('text after the literal');
  return value;

  function parse(depth: number): PythonLiteral {
    if (depth > MAX_DEPTH) fail('nested too deeply');
    skipSpace();
    const char = text[at];
    if (char === '{') return dict(depth);
    if (char === '(') return sequence(')', depth);
    if (char === '[') return sequence(']', depth);
    if (char === "'" || char === '"') return string();
    const word = /[-\w]*/y;
    word.lastIndex = at;
    const found = word.exec(text)?.[0] ?? '';
    at += found.length;
    if (found === 'True') return true;
    if (found === 'False') return false;
    if (found === 'None') return null;
    // Python 2 wrote long integers with an L.
    if (/^-?\d{1,15}L?$/.test(found)) return Number.parseInt(found, 10);
    return fail('not a literal');
  }

  function dict(depth: number): Map<string, PythonLiteral> {
    const entries = new Map<string, PythonLiteral>();
    at++;
    while (!closes('}')) {
      skipSpace();
      const key = string();
      if (entries.has(key)) fail(`key '${key}' twice`);
      skipSpace();
      if (text[at] !== ':') fail('":" expected');
      at++;
      entries.set(key, parse(depth + 1));
      separator('}');
    }
    return entries;
  }

  function sequence(end: string, depth: number): PythonLiteral[] {
    const items: PythonLiteral[] = [];
    at++;
    while (!closes(end)) {
      items.push(parse(depth + 1));
      separator(end);
    }
    return items;
  }

  /** True, and past it, when the next character is `end`. */
  function closes(end: string): boolean {
    skipSpace();
    if (text[at] !== end) return false;
    at++;
    return true;
  }

  function separator(end: string): void {
    skipSpace();
    if (text[at] === ',') at++;
    else if (text[at] !== end) fail(`"," or "${end}" expected`);
  }

  function string(): string {
    const quote = text[at];
    if (quote !== "'" && quote !== '"') fail('a string expected');
    const end = text.indexOf(quote, at + 1);
    if (end < 0) fail('a string without end');
    const body = text.slice(at + 1, end);
    if (body.includes('\\') || body.includes('\n')) fail('an escape in a string');
    at = end + 1;
    return body;
  }

  function skipSpace(): void {
    while (at < text.length && /\s/.test(text[at]!)) at++;
  }

  function fail(what: string): never {
    throw new SyntaxError(`${what} at character ${at}`);
  }
}
