// One session under way: a promise of its result that can also be asked for its events. In: a call into the native module.
import type { Duplex } from 'node:stream'

import { Bridge } from './channel.js'
import { SynclineError } from './error.js'
import type { TransferEvent, TransferProgress } from './events.js'
import { native } from './native.js'
import type { Channel, Control, Done, Failure } from './native.js'
import { OWN_PLACE, run } from './work.js'

/** How a session is watched and stopped. */
export interface WatchOptions {
  /** Stops it: within a tenth of a second everything it started is gone, and the promise rejects with `signal.reason`. */
  signal?: AbortSignal | undefined
  /** Called about ten times a second with how far it is, and at the end. What it throws stops the session. */
  onProgress?: ((progress: TransferProgress) => void) | undefined
}

/**
 * A session under way: a promise of its result, and its events for whoever asks at once.
 *
 * `for await (const event of sync(…))` gets every event and throws what the promise rejects with. Events are kept from the moment the iterator
 * is asked for, and the session waits for whoever iterates slowly; leaving the loop early stops listening, not the session.
 */
export interface Session<Result> extends Promise<Result>, AsyncIterable<TransferEvent> {}

/** Starts a session over `stream`, or over what the native module connects by itself. */
export function session<Result>(
  options: WatchOptions,
  stream: (() => Duplex | Promise<Duplex>) | undefined,
  start: (control: Control, channel: Channel | undefined) => Promise<Done | Failure>,
  result: (done: Done) => Result,
): Session<Result> {
  const control = new native.Control()
  const promise = connected(options, control, stream, start).then(result)
  let taken = false
  return Object.assign(promise, {
    [Symbol.asyncIterator](): AsyncIterator<TransferEvent> {
      if (taken) throw new SynclineError('INVALID_STATE', 'the events of a session can be iterated once')
      taken = true
      control.listen(true)
      // The iterator throws it.
      promise.catch(() => {})
      return events(control, promise)
    },
  })
}

async function connected(
  options: WatchOptions,
  control: Control,
  stream: (() => Duplex | Promise<Duplex>) | undefined,
  start: (control: Control, channel: Channel | undefined) => Promise<Done | Failure>,
): Promise<Done> {
  let bridge: Bridge | undefined
  try {
    const done = await run(options, async () => {
      if (stream !== undefined) bridge = new Bridge(await made(stream, options.signal))
      return start(control, bridge?.channel)
    }, control, OWN_PLACE)
    await bridge?.finish()
    return done
  } catch (error) {
    const cause = bridge?.abandon()
    if (cause !== undefined && error instanceof SynclineError) error.cause = cause
    throw error
  } finally {
    control.endEvents()
  }
}

/** What `stream` makes, unless `signal` is aborted before. */
async function made(stream: () => Duplex | Promise<Duplex>, signal: AbortSignal | undefined): Promise<Duplex> {
  signal?.throwIfAborted()
  const making = Promise.resolve(stream())
  if (signal === undefined) return making
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => (stop = () => reject(signal.reason)))
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([making, aborted])
  } catch (error) {
    // Nobody is left to use it.
    making.then(stream => stream.destroy(), () => {})
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function events(control: Control, promise: Promise<unknown>): AsyncIterator<TransferEvent, void> {
  const generator = (async function* (): AsyncGenerator<TransferEvent, void> {
    for (let batch = await control.nextEvents(); batch !== null; batch = await control.nextEvents()) yield* batch
    await promise
  })()
  return {
    next: () => generator.next(),
    return: () => {
      control.listen(false)
      return generator.return()
    },
  }
}
