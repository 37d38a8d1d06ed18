/** What a route of stored content answers: all of it, a range, or that the client has it. See send-blob.ts. */
import { type Answer, empty, type Shown, unchecked } from './components.ts';
import { BLOB_HEADERS, RANGE_HEADERS, SEEN_HEADERS } from './headers.ts';

/** @param content by content type */
export function blobAnswers(
  description: string,
  content: Answer['content'],
  headers: Answer['headers'] = {},
) {
  const part: Shown = unchecked('some of the bytes');
  return {
    200: { description, headers: { ...BLOB_HEADERS, ...headers }, content },
    206: {
      description: 'The range that was asked for',
      headers: { ...RANGE_HEADERS, ...headers },
      content: Object.fromEntries(Object.keys(content).map(type => [type, part])),
    },
    304: empty('The client has it', { ...SEEN_HEADERS, ...headers }),
  };
}
