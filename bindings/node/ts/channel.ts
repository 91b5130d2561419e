// A caller's stream as the connection of a session. In: any Duplex. Out: a native end that the session reads and writes.
//
// Between the two lie sockets, so that the session waits in the kernel, on its own threads, and never calls into JavaScript.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'

import { SynclineError } from './error.js'
import { native } from './native.js'
import type { Channel } from './native.js'

/** Milliseconds that the last words of a session that failed may take. */
const FAREWELL = 500

/** Milliseconds between two looks at whether a stream is gone. */
const LOOK = 50

/** A stream that is connected to a session. */
export class Bridge {
  readonly channel: Channel
  readonly #stream: Duplex
  readonly #fromSession: Socket
  readonly #toSession: Socket
  #error: unknown

  constructor(stream: Duplex) {
    if (typeof stream?.pipe !== 'function' || typeof stream.write !== 'function') {
      throw new SynclineError('INVALID_ARGUMENT', 'the stream must be a Duplex')
    }
    this.channel = new native.Channel()
    const { fromSession, toSession } = this.channel.takeDescriptors()
    this.#stream = stream
    this.#fromSession = new Socket({ fd: fromSession, readable: true, writable: false })
    this.#toSession = new Socket({ fd: toSession, readable: false, writable: true })
    // What the session does not read any more is no error of the stream's.
    this.#toSession.on('error', this.#deaf)
    this.#fromSession.on('error', () => stream.end())
    stream.on('error', this.#fail)
    stream.on('close', this.#close)
    stream.pipe(this.#toSession)
    this.#fromSession.pipe(stream)
    if (stream.destroyed) this.#close()
  }

  /** After a session that went well: what it wrote goes out before this is settled. The stream has its writing side ended then. */
  async finish(): Promise<void> {
    // A stream that fails now has lost what the other end will miss.
    await this.#written()
    this.#detach()
    // So that it sees its end, and closes.
    this.#stream.resume()
  }

  /**
   * After a session that failed: nobody at the other end should wait. Its farewell still goes out, for a moment; then the stream is destroyed.
   * Returns what the stream itself said, if it was the stream that failed.
   */
  abandon(): unknown {
    const error = this.#error
    const destroy = (): void => {
      clearTimeout(timer)
      this.#detach()
      this.#stream.on('error', () => {})
      this.#stream.destroy()
    }
    const timer = setTimeout(destroy, FAREWELL)
    if (this.#stream.destroyed) destroy()
    else this.#written().then(destroy)
    return error
  }

  /** Waits until all that the session wrote is out, or the stream is gone, or the other end has closed and had a moment to take the rest. */
  #written(): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        clearInterval(timer)
        resolve()
      }
      // `Duplex.from` of a process's streams may be destroyed with it, or lose the one that is written, and never say so.
      let closedFor = 0
      const timer = setInterval(() => {
        if (this.#stream.readableEnded) closedFor += LOOK
        if (this.#stream.destroyed || closedFor >= FAREWELL) done()
      }, LOOK)
      finished(this.#stream, { readable: false }).then(done, done)
    })
  }

  #detach(): void {
    this.#fromSession.destroy()
    this.#deaf()
    this.#stream.off('error', this.#fail)
    this.#stream.off('close', this.#close)
  }

  /** The session hears no more: of what still comes nobody needs to know. */
  readonly #deaf = (): void => {
    this.#stream.unpipe(this.#toSession)
    this.#toSession.destroy()
    this.#stream.resume()
  }

  readonly #fail = (error: unknown): void => {
    this.#error = error
    this.#toSession.destroy()
    this.#fromSession.destroy()
  }

  readonly #close = (): void => {
    // An end that was seen is passed on by `pipe`.
    if (!this.#stream.readableEnded) this.#toSession.destroy()
  }
}
