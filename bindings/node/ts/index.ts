/**
 * rsync as a library: a signature describes an old file in little space; a delta says how a new file differs from it; a patch makes the new file of
 * the old one and the delta.
 *
 * Work runs on libuv's thread pool, as that of Node's `fs`, `zlib` and `crypto` does; what is passed in as bytes is copied first.
 */
export { signature, delta, diff, patch, inspect } from './delta.js'
export { createSignature, createDelta, createPatch } from './streams.js'
export type { SynclineStream } from './streams.js'
export { SynclineError } from './error.js'
export type { ErrorCode } from './error.js'
export type { Path, Source } from './input.js'
export type { Progress } from './native.js'
export type {
  DeltaInspection, DeltaOptions, DeltaReport, DeltaSettings, DeltaStreamOptions, DiffOptions, Format, Identity,
  Inspection, OutputOptions, PatchOptions, PatchReport, PatchStreamOptions, SignatureInspection, SignatureOptions,
  SignatureReport, SignatureSettings, SignatureStreamOptions, StreamSettings, WorkOptions,
} from './options.js'
