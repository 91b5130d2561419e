// One piece of work, watched and stopped. In: a call into the native module. Out: its result, or the error or the abort reason.
import { SynclineError } from './error.js'
import { called, native, unwrap } from './native.js'
import type { Control, Failure } from './native.js'
import type { WorkOptions } from './options.js'

/** Milliseconds between two reports of progress. */
const PROGRESS_INTERVAL = 100

export async function run<T extends object>(
  options: WorkOptions,
  start: (control: Control) => Promise<T | Failure>,
): Promise<T> {
  const { signal, onProgress } = options
  signal?.throwIfAborted()
  const control = new native.Control()
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
  const timer = onProgress && setInterval(report, PROGRESS_INTERVAL)
  // A listener of our own: `onabort` is the caller's.
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const outcome = await called(() => start(control))
    report()
    if (thrown) throw thrown.error
    return unwrap(outcome)
  } catch (error) {
    if (signal?.aborted && error instanceof SynclineError && error.code === 'CANCELLED') throw signal.reason
    throw error
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', stop)
  }
}
