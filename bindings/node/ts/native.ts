// The private native module: loaded here, its interface written down here. Nothing else in the package touches it.
import { createRequire } from 'node:module'

import { SynclineError } from './error.js'
import type { Entry, Report, TransferEvent, TransferProgress } from './events.js'

/** What went wrong, in place of a result. */
export interface Failure {
  code: string
  message: string
  path?: Uint8Array
  errno?: number
  exitStatus?: number
  peerMessage?: string
  report?: Report
}

export interface Control {
  cancel(): void
  takeProgress(): TransferProgress | null
  abandon(): void
  listen(listening: boolean): void
  nextEvents(): Promise<TransferEvent[] | null>
  endEvents(): void
}

/** How far a piece of work is, in absolute bytes. */
export interface Progress {
  /** Bytes worked through so far: of the new file for `patch`, of the main input for the others. */
  bytesDone: number
  /** Bytes in all, as far as is known. */
  bytesTotal: number
  /** Whether `bytesTotal` can no longer grow. */
  totalIsFinal: boolean
}

export interface Input {
  path?: Uint8Array
  bytes?: Uint8Array
}

export interface Output {
  path?: Uint8Array
  overwrite?: boolean | undefined
  sparse?: boolean | undefined
  limit?: number | undefined
}

export interface Made<Report> {
  bytes?: Uint8Array
  report: Report
}

export interface Piece {
  bytes: Uint8Array
  more: boolean
  report?: unknown
}

export interface Machine {
  open(): Promise<Piece | Failure>
  update(input: Uint8Array): Promise<Piece | Failure>
  pull(): Promise<Piece | Failure>
  finish(): Promise<Piece | Failure>
}

/** A source or destination, by rsync's rules unless it is `local`. */
export interface Place {
  path: Uint8Array
  local: boolean
}

/** An option by its name in rsync's manual. */
export interface Setting {
  name: string
  value?: Uint8Array
}

export interface Request {
  direction?: 'pull' | 'push'
  sources: Place[]
  destination?: Place
  settings: Setting[]
  umask: number
  shell?: Uint8Array
  password?: Uint8Array
  prompts: boolean
}

export interface Channel {
  takeDescriptors(): { fromSession: number; toSession: number }
}

export interface Policy {
  root: Uint8Array
  read: boolean
  write: boolean
  delete: boolean
  umask: number
}

export interface Done {
  report: Report
  entries: Entry[]
}

type Making = Promise<Made<unknown> | Failure>

interface Native {
  errorCodes(): string[]
  Control: new () => Control
  Machine: {
    signature(settings: object): Machine
    delta(signature: Input, settings: object): Machine
    patch(basis: Input): Machine
  }
  signature(control: Control, basis: Input, settings: object, output: Output): Making
  delta(control: Control, signature: Input, newContent: Input, settings: object, output: Output): Making
  diff(control: Control, old: Input, newContent: Input, settings: object, output: Output): Making
  patch(control: Control, basis: Input, delta: Input, output: Output): Making
  inspect(control: Control, input: Input): Promise<object | Failure>
  command(control: Control, program: string, words: Uint8Array[], umask: number): Promise<{ exitStatus: number } | Failure>
  Channel: new () => Channel
  transferSession(control: Control, request: Request, channel?: Channel): Promise<Done | Failure>
  serveSession(control: Control, channel: Channel, args: Uint8Array[], policy: Policy): Promise<Done | Failure>
  serverArguments(request: Request): Uint8Array[] | Failure
}

export const native = createRequire(import.meta.url)('../syncline.node') as Native

/** The result, unless it is a failure: that is thrown. */
export function unwrap<T extends object>(outcome: T | Failure): T {
  if (!('code' in outcome)) return outcome
  throw SynclineError.from(outcome)
}

/** What `call` of the native module returns; that it refuses an argument's type is the caller's mistake. */
export function called<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    // It says, in Rust's words, which field of which object it could not convert.
    const { message } = error as Error
    const name = / on \w+\.(\w+)$/.exec(message)?.[1]
    throw new SynclineError('INVALID_ARGUMENT', name === undefined ? message : `${name} has a value of the wrong type`)
  }
}
