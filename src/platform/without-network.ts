/**
 * Child processes that have no network: each in a network namespace of its own, which holds nothing but a loopback device
 * that is down (network_namespaces(7)). Made by unshare(1) of util-linux as the present user, without rights of its own.
 *
 * Invariant: an entry is wrapped only where a trial showed that nothing else is in such a namespace. Hosts may refuse it
 * (user namespaces that are switched off, the default seccomp profile of containers), and there is none outside of Linux.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ChildEntry } from './child-entry.ts';

/** By their full names: a child has no PATH. */
const UNSHARE = '/usr/bin/unshare';
const OPTIONS = ['--user', '--map-current-user', '--net', '--'];
const TRIAL = ['/bin/cat', '/proc/self/net/dev'];
const TRIAL_MS = 5_000;
/** proc(5): two lines of titles, then one for each device. */
const TITLES = 2;

/** @returns undefined where this host does not allow it */
export async function withoutNetwork(entry: ChildEntry): Promise<ChildEntry | undefined> {
  try {
    const { stdout } = await promisify(execFile)(UNSHARE, [...OPTIONS, ...TRIAL], { timeout: TRIAL_MS });
    const devices = stdout.trimEnd().split('\n').slice(TITLES);
    if (devices.length !== 1 || !devices[0]!.trim().startsWith('lo:')) return undefined;
  } catch {
    return undefined;
  }
  return { ...entry, wrapper: [UNSHARE, ...OPTIONS] };
}
