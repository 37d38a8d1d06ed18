/**
 * Entry of a thread that runs samples of a calibration beside the main thread of a job.
 *
 * Invariant: it does what the thread asks that started it, and knows of nothing else.
 */
import { parentPort } from 'node:worker_threads';
import { ortRuntime } from './platform/ort-runtime.ts';
import { answerRequests } from './platform/sample-threads/answer.ts';

const port = parentPort;
if (!port) throw new Error('this is the entry of a thread');
port.on(
  'message',
  answerRequests(ortRuntime, message => port.postMessage(message)),
);
