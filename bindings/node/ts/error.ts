// The one error class. In: a failure of the native module. Out: an Error with a stable code.

import { Buffer } from 'node:buffer'

import type { FileFailure, Report } from './events.js'

/** What went wrong, as a caller would act on it. The names are stable; new ones may be added. */
export const ERROR_CODES = [
  'INVALID_ARGUMENT',
  'IO',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'ALREADY_EXISTS',
  'NO_SPACE',
  'CANCELLED',
  'OUT_OF_MEMORY',
  'INTERNAL',
  'NOT_A_FILE',
  'INVALID_STATE',
  'NOT_A_SIGNATURE',
  'NOT_A_DELTA',
  'SWAPPED_ARGUMENTS',
  'UNSUPPORTED_VERSION',
  'TRUNCATED',
  'CORRUPT',
  'LIMIT_EXCEEDED',
  'WRONG_BASIS',
  'VERIFICATION_FAILED',
  'FILE_CHANGED',
  'PROTOCOL',
  'DAMAGED_STREAM',
  'CONNECTION_LOST',
  'TIMEOUT',
  'UNSUPPORTED',
  'PEER_FAILED',
  'FILE_SELECTION',
  'PARTIAL_TRANSFER',
  'SOURCE_VANISHED',
  'DELETE_LIMIT',
  'CONNECT_FAILED',
  'CONNECT_TIMEOUT',
  'AUTHENTICATION_FAILED',
  'REFUSED',
] as const

/** One of the {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** What an error knows besides its sentence. */
interface ErrorDetails {
  path?: Uint8Array
  errno?: number
  exitStatus?: number
  peerMessage?: string
  report?: Report
}

/** What failed, on which path, and why. */
export class SynclineError extends Error {
  override name = 'SynclineError'
  /** The stable name of what went wrong. */
  readonly code: ErrorCode
  /** The path it concerns, if it concerns one; what of it is not UTF-8 is replaced (`pathBytes` has it all). */
  declare readonly path?: string
  /** The same path as bytes. */
  declare readonly pathBytes?: Uint8Array
  /** The system's error number, if the system refused: negative, as in Node's own errors. */
  declare readonly errno?: number
  /** The exit status that rsync would have, if it was a transfer that failed. */
  declare readonly exitStatus?: number
  /** What the other end said, if it said anything. */
  declare readonly peerMessage?: string
  /** The files that a transfer left out, if it went to its end. */
  declare readonly failures?: FileFailure[]
  /** What that transfer did. */
  declare readonly report?: Report

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    this.code = code
    if (details.path !== undefined) {
      this.path = Buffer.from(details.path).toString()
      this.pathBytes = details.path
    }
    if (details.errno !== undefined) this.errno = details.errno
    if (details.exitStatus !== undefined) this.exitStatus = details.exitStatus
    if (details.peerMessage !== undefined) this.peerMessage = details.peerMessage
    if (details.report !== undefined) {
      this.report = details.report
      this.failures = details.report.failures
    }
  }

  /** @internal */
  static from(failure: { code: string; message: string } & ErrorDetails): SynclineError {
    return new SynclineError(failure.code as ErrorCode, failure.message, failure)
  }
}
