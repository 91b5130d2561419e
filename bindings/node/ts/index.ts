/**
 * rsync as a library.
 *
 * Transfers: `sync`, `pull`, `push` and `list` talk to any rsync, and `serve` is the other end of one.
 *
 * Deltas: a signature describes an old file in little space; a delta says how a new file differs from it; a patch makes the new file of the old one
 * and the delta. Bytes that are passed in are copied before the work starts: leave them as they are until the promise is settled.
 *
 * Each call works on a thread of its own, those of deltas a few at once; the streams work on libuv's pool, as `zlib` does.
 */
export { list, pull, push, serve, serverArguments, sync } from './transfer.js'
export type { Endpoint, ServePolicy, ServerArgument, TransferOptions } from './transfer.js'
export type { Session, WatchOptions } from './session.js'
export type { FilterRule, TransferSettings } from './settings.js'
export type {
  Change, Counts, Deletion, Entry, FileFailure, FileKind, FileProgress, Message, Report, TransferEvent, TransferProgress,
} from './events.js'
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
