/**
 * Names of a model as text that cannot act on what shows it: no control characters (terminal escapes, line breaks), no
 * characters that change the direction of writing, bounded in length.
 */
const MAX_LENGTH = 160;
// C0 and C1 controls, line and paragraph separators, bidirectional controls, zero-width characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g;

export function plainText(text: string): string {
  const visible = text.replace(HARMFUL, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return visible.length <= MAX_LENGTH ? visible : `${visible.slice(0, MAX_LENGTH - 1)}…`;
}
