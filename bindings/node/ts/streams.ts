// The Transform streams: signature, delta and patch of what is piped through them, in bounded memory.
import { Transform, addAbortSignal } from 'node:stream'
import type { TransformCallback } from 'node:stream'

import { input } from './input.js'
import type { Source } from './input.js'
import { called, native, unwrap } from './native.js'
import type { Failure, Machine, Piece } from './native.js'
import type {
  DeltaReport, DeltaStreamOptions, PatchReport, PatchStreamOptions, SignatureReport, SignatureStreamOptions,
  StreamSettings,
} from './options.js'

/** A Transform stream over bytes whose work is done off the main thread. */
export interface SynclineStream<Report> extends Transform {
  /** What was done, once the stream has ended. */
  readonly report: Report | undefined
}

/** Takes a basis, gives its signature, at the end. */
export function createSignature(options: SignatureStreamOptions = {}): SynclineStream<SignatureReport> {
  return new MachineStream(called(() => native.Machine.signature(options)), options)
}

/** Takes a new file, gives the delta from the basis of `signature` to it. */
export function createDelta(signature: Source, options: DeltaStreamOptions = {}): SynclineStream<DeltaReport> {
  const source = input(signature, 'signature')
  return new MachineStream(called(() => native.Machine.delta(source, options)), options)
}

/**
 * Takes a delta, gives the new file that it makes of `basis`.
 *
 * Nothing that came out is to be trusted before the stream has ended without an error: only then is all of it verified.
 */
export function createPatch(basis: Source, options: PatchStreamOptions = {}): SynclineStream<PatchReport> {
  const source = input(basis, 'basis')
  return new MachineStream(called(() => native.Machine.patch(source)), options)
}

class MachineStream<Report> extends Transform implements SynclineStream<Report> {
  report: Report | undefined
  readonly #machine: Machine
  /** Goes on with a piece of input whose output the reader had no room for. */
  #resume: (() => void) | undefined

  constructor(machine: Machine, options: StreamSettings) {
    const { readableHighWaterMark, writableHighWaterMark, emitClose, allowHalfOpen } = options
    const given = { readableHighWaterMark, writableHighWaterMark, emitClose, allowHalfOpen }
    super(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)))
    this.#machine = machine
    // Not left to `super`: a signal that is aborted already destroys at once what is not made yet.
    if (options.signal !== undefined) addAbortSignal(options.signal, this)
  }

  override _construct(callback: (error?: Error | null) => void): void {
    this.#machine.open().then(unwrap).then(() => callback(), callback)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#emit(this.#machine.update(chunk)).then(() => callback(), callback)
  }

  override _flush(callback: TransformCallback): void {
    this.#emit(this.#machine.finish()).then(() => callback(), callback)
  }

  override _read(size: number): void {
    const resume = this.#resume
    if (resume === undefined) return super._read(size)
    this.#resume = undefined
    resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#resume?.()
    super._destroy(error, callback)
  }

  /** Pushes the output of a step, piece by piece, as the reader has room for it. */
  async #emit(step: Promise<Piece | Failure>): Promise<void> {
    for (;;) {
      const piece: Piece = unwrap(await step)
      if (this.destroyed) return
      if (piece.report !== undefined) this.report = piece.report as Report
      const room = piece.bytes.length === 0 || this.push(piece.bytes)
      if (!piece.more) return
      if (!room) await new Promise<void>(resolve => (this.#resume = resolve))
      if (this.destroyed) return
      step = this.#machine.pull()
    }
  }
}
