/**
 * Local functions: carried as their records, read only as far as safety needs.
 *
 * Invariant: no function reaches itself (ONNX IR, "Functions": recursion is not allowed); a runtime that inlines
 * would not end.
 */
import { BitpressError } from '../../errors.ts';
import { type Call, scanCarried } from './carried.ts';
import { Message } from './message.ts';
import { invalidNode, type ReadContext } from './read-context.ts';
import { FUNCTION } from './schema.ts';

/** One of `Model.functions`. */
export interface LocalFunction extends Call {
  readonly record: Uint8Array;
}

export function readFunctions(
  payloads: readonly { readonly record: Uint8Array; readonly bytes: Uint8Array }[],
  context: ReadContext,
): readonly LocalFunction[] {
  const calls = new Map<string, readonly string[]>();
  const found = payloads.map(({ record, bytes }): LocalFunction => {
    const message = new Message(bytes, 'function', context.budget);
    const self = {
      domain: message.string(FUNCTION.domain),
      opType: message.string(FUNCTION.name),
      overload: message.string(FUNCTION.overload),
    };
    if (calls.has(keyOf(self)))
      throw invalidNode(self.opType, `is a function of ${self.domain} defined twice`);
    const called: string[] = [];
    scanCarried(bytes, 'function', context, call => called.push(keyOf(call)));
    calls.set(keyOf(self), called);
    return { ...self, record };
  });
  refuseCycles(calls);
  return found;
}

const keyOf = ({ domain, opType, overload }: Call): string =>
  JSON.stringify([domain === 'ai.onnx' ? '' : domain, opType, overload]);

/** Depth first with an explicit stack: a chain of functions may be long. */
function refuseCycles(calls: ReadonlyMap<string, readonly string[]>): void {
  const state = new Map<string, 'open' | 'done'>();
  for (const root of calls.keys()) {
    const stack = [{ key: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (!top) break;
      const callees = calls.get(top.key) ?? [];
      if (state.get(top.key) === undefined) state.set(top.key, 'open');
      const callee = callees[top.next++];
      if (callee === undefined) {
        state.set(top.key, 'done');
        stack.pop();
      } else if (state.get(callee) === 'open') {
        throw new BitpressError('model_invalid', `the local function ${callee} calls itself`, {
          field: 'functions',
        });
      } else if (calls.has(callee) && state.get(callee) !== 'done') stack.push({ key: callee, next: 0 });
    }
  }
}

export function isLocalFunction(item: unknown): item is LocalFunction {
  return typeof item === 'object' && item !== null && 'record' in item && item.record instanceof Uint8Array;
}
