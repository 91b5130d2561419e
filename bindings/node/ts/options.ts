// What a caller may ask for.
import type { TransformOptions } from 'node:stream'

import type { Path } from './input.js'
import type { Progress } from './native.js'

/**
 * The format of a signature: Syncline's own, or one of librsync's four; `rdiff` and `librsync` are `rabinkarp-blake2`, rdiff's default.
 */
export type Format =
  | 'native'
  | 'rdiff'
  | 'librsync'
  | 'rollsum-md4'
  | 'rollsum-blake2'
  | 'rabinkarp-md4'
  | 'rabinkarp-blake2'

/** How a signature is made. */
export interface SignatureSettings {
  /** Its format; default `native`. The format of a delta follows from that of the signature. */
  format?: Format | undefined
  /** Bytes in a block; by default chosen from the size of the basis. */
  blockLength?: number | undefined
  /**
   * Bytes kept of each strong sum. `auto`: the format's default. `minimum`: as few as the size of the basis allows. `max`: all of it.
   */
  strongLength?: 'auto' | 'minimum' | 'max' | number | undefined
  /** Threads that hash; default 1, and 0 is one for each processor. The result is the same for every count. */
  workers?: number | undefined
}

/** How a delta is made. */
export interface DeltaSettings {
  /** How a native delta stores what it carries: `none`, `zstd`, or the level of zstd, 1 to 19; default 3. No effect on librsync's format. */
  compression?: 'none' | 'zstd' | number | undefined
  /** In librsync's format: `exact` (default), the bytes that rdiff itself writes; or `compact`, bounded work on any input and smaller. */
  mode?: 'exact' | 'compact' | undefined
  /** In librsync's exact mode: literal sizes as librsync up to 2.3.2 writes them (1), or from 2.3.3 on (2, default). */
  generation?: 1 | 2 | undefined
  /** In librsync's format: whether a check of the result follows, which `patch` verifies and rdiff ignores; default false. */
  check?: boolean | undefined
  /** Threads that search; default 1, and 0 is one for each processor. The result is the same for every count. */
  workers?: number | undefined
}

/** How work is watched and stopped. */
export interface WorkOptions {
  /** Stops the work: the promise rejects with `signal.reason`, once the work has ended. An output file does not appear. */
  signal?: AbortSignal | undefined
  /** Hears how far the work is, at most ten times a second and once at its end, on the thread that called. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** Where a result goes if not to memory. */
export interface OutputOptions {
  /** The file to write: it appears under its name when it is complete and verified, or not at all. */
  output?: Path | undefined
  /** Whether an existing output file may be replaced; default false. */
  overwrite?: boolean | undefined
  /** The most bytes that may be written; without `output`, the default is what a Uint8Array can hold. */
  maxOutputLength?: number | undefined
}

export interface SignatureOptions extends SignatureSettings, WorkOptions, OutputOptions {}
export interface DeltaOptions extends DeltaSettings, WorkOptions, OutputOptions {}
export interface DiffOptions extends Omit<DeltaSettings, 'mode' | 'generation'>, WorkOptions, OutputOptions {
  /** The format of the delta; default `native`. */
  format?: 'native' | 'librsync' | 'rdiff' | undefined
}
export interface PatchOptions extends WorkOptions, OutputOptions {
  /** Whether long runs of zeros in the output file become holes; default false. */
  sparse?: boolean | undefined
}

/** What Node takes for any Transform stream that carries bytes. */
export type StreamSettings = Pick<
  TransformOptions,
  'readableHighWaterMark' | 'writableHighWaterMark' | 'signal' | 'emitClose' | 'allowHalfOpen'
>
export interface SignatureStreamOptions extends Omit<SignatureSettings, 'workers'>, StreamSettings {
  /** The size of the basis in bytes where it is known in advance: lengths left open follow from it. */
  basisLength?: number | undefined
}
export interface DeltaStreamOptions extends DeltaSettings, StreamSettings {}
export interface PatchStreamOptions extends StreamSettings {}

/** What a signature was made of. */
export interface SignatureReport {
  basisLength: number
  blockLength: number
  strongLength: number
  blocks: number
  signatureLength: number
}

/** What a delta is made of. */
export interface DeltaReport {
  newLength: number
  /** Copy operations, and the bytes of the new file that they copy from the basis. */
  copies: number
  copiedBytes: number
  /** Bytes of the new file that the delta carries. */
  literalBytes: number
  deltaLength: number
  /** BLAKE3 of the new file in hex, where the format carries it. */
  newHash?: string
}

/** What a patch did. */
export interface PatchReport {
  newLength: number
  copiedBytes: number
  literalBytes: number
  /** Whether the delta said what the result must be, and it is. */
  verified: boolean
}

/** Length in bytes and BLAKE3 in hex. */
export interface Identity {
  length: number
  hash: string
}

/** What a signature file is. */
export interface SignatureInspection {
  content: 'signature'
  format: Exclude<Format, 'rdiff' | 'librsync'>
  /** Bytes in the file. */
  length: number
  blockLength: number
  strongLength: number
  blocks: number
  /** The basis, in the native format. */
  basis?: Identity
}

/** What a delta file is. */
export interface DeltaInspection {
  content: 'delta'
  format: 'native' | 'librsync'
  /** Bytes in the file. */
  length: number
  copies: number
  copiedBytes: number
  literals: number
  literalBytes: number
  /** Bytes of the compressed parts as they are in the file, and unpacked; 0 and 0 if nothing is compressed. */
  compressedLength: number
  uncompressedLength: number
  /** The basis, in the native format. */
  basis?: Identity
  /** The result, in the native format or where a check follows a librsync delta. */
  result?: Identity
}

export type Inspection = SignatureInspection | DeltaInspection
