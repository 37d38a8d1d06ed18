/** One sentence for the report: which values kept their scale, and why. */
import type { ChannelClasses } from './channel-classes.ts';

const SHOWN = 3;

export function skippedNote(helper: string, classes: ChannelClasses): string | undefined {
  const counts = new Map<string, number>();
  for (const [, reason] of classes.frozen()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (counts.size === 0) return undefined;
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  const list = sorted.map(([reason, count]) => `${reason} (${count})`).join('; ');
  return `${helper} left values as they were: ${list}.`;
}
