/**
 * rsync as a library: a signature describes an old file in little space; a delta says how a new file differs from it; a patch makes the new file of
 * the old one and the delta.
 *
 * Each call works on a thread of its own, a few at once; the streams work on libuv's pool, as `zlib` does. Bytes that are passed in are copied
 * before the work starts: leave them as they are until the promise is settled.
 */
export { signature, delta, diff, patch, inspect } from './delta.js'
export { createSignature, createDelta, createPatch } from './streams.js'
export type { SynclineStream } from './streams.js'
export { ERROR_CODES, SynclineError } from './error.js'
export type { ErrorCode } from './error.js'
export type { Path, Source } from './input.js'
export type { Progress } from './native.js'
export type {
  DeltaInspection, DeltaOptions, DeltaReport, DeltaSettings, DeltaStreamOptions, DiffOptions, Format, Identity,
  Inspection, OutputOptions, PatchOptions, PatchReport, PatchStreamOptions, SignatureInspection, SignatureOptions,
  SignatureReport, SignatureSettings, SignatureStreamOptions, StreamSettings, WorkOptions,
} from './options.js'
