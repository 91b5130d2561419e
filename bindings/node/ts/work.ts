// One piece of work, watched and stopped. In: a call into the native module. Out: its result, or the error or the abort reason.
import { availableParallelism } from 'node:os'

import { SynclineError } from './error.js'
import { called, native, unwrap } from './native.js'
import type { TransferProgress } from './events.js'
import type { Control, Failure } from './native.js'
import type { WorkOptions } from './options.js'

/** For work that mostly waits for others, perhaps for other work of this process: it does not wait for a place. */
export const OWN_PLACE = Symbol('own place')

/** Milliseconds between two reports of progress. */
const PROGRESS_INTERVAL = 100

export async function run<T extends object>(
  options: Pick<WorkOptions, 'signal'> & { onProgress?: ((progress: TransferProgress) => void) | undefined },
  start: (control: Control) => Promise<T | Failure>,
  control: Control = new native.Control(),
  place?: typeof OWN_PLACE,
): Promise<T> {
  const { signal, onProgress } = options
  signal?.throwIfAborted()
  const stop = (): void => control.cancel()
  let thrown: { error: unknown } | undefined
  const report = (): void => {
    const progress = thrown ? null : control.takeProgress()
    if (progress === null) return
    try {
      onProgress?.(progress)
    } catch (error) {
      // The caller's own error ends the work, and is what the promise rejects with.
      thrown = { error }
      stop()
    }
  }
  // A listener of our own: `onabort` is the caller's.
  signal?.addEventListener('abort', stop, { once: true })
  let timer: NodeJS.Timeout | undefined
  try {
    await enter(control, place)
    if (onProgress) timer = setInterval(report, PROGRESS_INTERVAL)
    const outcome = await called(() => start(control))
    report()
    if (thrown) throw thrown.error
    return unwrap(outcome)
  } catch (error) {
    if (signal?.aborted && error instanceof SynclineError && error.code === 'CANCELLED') throw signal.reason
    throw error
  } finally {
    leave(control, place)
    clearInterval(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** Pieces of work that run at once, each on a thread of its own; the others wait their turn. */
const places = Math.max(4, availableParallelism())
const running = new Set<Control>()
const waiting: (() => void)[] = []
let taken = 0

async function enter(control: Control, place?: typeof OWN_PLACE): Promise<void> {
  if (place === OWN_PLACE) await null
  else if (taken < places) taken += 1
  else await new Promise<void>(resolve => waiting.push(resolve))
  if (running.size === 0) process.on('exit', abandon)
  running.add(control)
}

/** Passes the place on to who has waited longest. */
function leave(control: Control, place?: typeof OWN_PLACE): void {
  running.delete(control)
  if (running.size === 0) process.off('exit', abandon)
  if (place === OWN_PLACE) return
  const next = waiting.shift()
  if (next === undefined) taken -= 1
  else next()
}

/** At the end of the process nobody waits for the work any more, and its temporary files should go. */
function abandon(): void {
  for (const control of running) control.cancel()
  for (const control of running) control.abandon()
}
