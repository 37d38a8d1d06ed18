/** A moto_server of our own (https://docs.getmoto.org), where one is installed: S3 as somebody else understood it. */
import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from './redis.ts';

export interface TestMoto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startMoto(bucket: string): Promise<TestMoto | undefined> {
  if (spawnSync('moto_server', ['--help']).status !== 0) return undefined;
  const port = await freePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, maxAttempts: 1 });
  for (let turn = 0; ; turn++) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      break;
    } catch (error) {
      if (turn > 100) throw error;
      await sleep(200);
    }
  }
  client.destroy();
  return {
    endpoint,
    stop: () =>
      new Promise(resolve => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
