/**
 * Entry of the memory probe: one process, one model, one answer.
 *
 * Invariant: it does nothing but what its parent asks over IPC, and never outlives it.
 */

import type { EngineId } from './pipeline/ports.ts';
import { PROBE_LIMIT_MS } from './platform/memory/measure-memory.ts';
import { type Probed, probeMemory, startOnnxruntime } from './platform/memory/probe.ts';
import type { ProbeReply, ProbeRequest } from './platform/memory/protocol.ts';
import { startWatchdog } from './platform/memory/watchdog.ts';
import { ortRuntime } from './platform/ort-runtime.ts';
import { startTfjs, tfjsRuntime } from './platform/tfjs-runtime.ts';

const ENGINES: Readonly<Record<EngineId, Probed>> = {
  onnxruntime: { runtime: ortRuntime, start: threads => startOnnxruntime(ortRuntime, threads) },
  tensorflowjs: { runtime: tfjsRuntime, start: startTfjs },
};

process.once('disconnect', () => process.exit());
process.once('message', async (request: ProbeRequest) => {
  await startWatchdog(PROBE_LIMIT_MS);
  const reply: ProbeReply = await probeMemory(ENGINES[request.engine], request).then(
    figures => ({ figures }),
    error => ({ failed: String(error) }),
  );
  process.send?.(reply);
});
