/**
 * Entry of the memory probe: one process, one model, one answer.
 *
 * Invariant: it does nothing but what its parent asks over IPC, and never outlives it.
 */
import { PROBE_LIMIT_MS } from './platform/memory/measure-memory.ts';
import { probeMemory } from './platform/memory/probe.ts';
import type { ProbeReply, ProbeRequest } from './platform/memory/protocol.ts';
import { startWatchdog } from './platform/memory/watchdog.ts';
import { ortRuntime } from './platform/ort-runtime.ts';

process.once('disconnect', () => process.exit());
process.once('message', async (request: ProbeRequest) => {
  await startWatchdog(PROBE_LIMIT_MS);
  const reply: ProbeReply = await probeMemory(ortRuntime, request).then(
    figures => ({ figures }),
    error => ({ failed: String(error) }),
  );
  process.send?.(reply);
});
