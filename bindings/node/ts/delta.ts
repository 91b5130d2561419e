// Signature, delta, diff, patch, inspect: Promises over bytes and paths.
import { constants } from 'node:buffer'

import { input, pathBytes } from './input.js'
import type { Path, Source } from './input.js'
import { native } from './native.js'
import type { Control, Failure, Made, Output } from './native.js'
import type {
  DeltaOptions, DeltaReport, DiffOptions, Inspection, OutputOptions, PatchOptions, PatchReport, SignatureOptions,
  SignatureReport, WorkOptions,
} from './options.js'
import { run } from './work.js'

type ToFile<Options> = Options & { output: Path }
type ToMemory<Options> = Options & { output?: undefined }

/**
 * The signature of `basis`: enough to find what another file shares with it, in little space.
 *
 * Resolves to its bytes, or with `output` writes them there and resolves to a report.
 */
export function signature(basis: Source, options: ToFile<SignatureOptions>): Promise<SignatureReport>
export function signature(basis: Source, options?: ToMemory<SignatureOptions>): Promise<Uint8Array>
export function signature(basis: Source, options?: SignatureOptions): Promise<SignatureReport | Uint8Array>
export async function signature(basis: Source, options: SignatureOptions = {}): Promise<SignatureReport | Uint8Array> {
  return make<SignatureReport>(options, (control, output) =>
    native.signature(control, input(basis, 'basis'), options, output))
}

/**
 * The delta from the basis of `signature` to `newContent`: what the new file has that the basis has not, and where to find the rest.
 *
 * Resolves to its bytes, or with `output` writes them there and resolves to a report.
 */
export function delta(signature: Source, newContent: Source, options: ToFile<DeltaOptions>): Promise<DeltaReport>
export function delta(signature: Source, newContent: Source, options?: ToMemory<DeltaOptions>): Promise<Uint8Array>
export function delta(signature: Source, newContent: Source, options?: DeltaOptions): Promise<DeltaReport | Uint8Array>
export async function delta(
  signature: Source,
  newContent: Source,
  options: DeltaOptions = {},
): Promise<DeltaReport | Uint8Array> {
  return make<DeltaReport>(options, (control, output) =>
    native.delta(control, input(signature, 'signature'), input(newContent, 'newContent'), options, output))
}

/**
 * The delta from `old` to `newContent` with both at hand: smaller than one from a signature, since matches are found to the byte.
 *
 * Resolves to its bytes, or with `output` writes them there and resolves to a report.
 */
export function diff(old: Source, newContent: Source, options: ToFile<DiffOptions>): Promise<DeltaReport>
export function diff(old: Source, newContent: Source, options?: ToMemory<DiffOptions>): Promise<Uint8Array>
export function diff(old: Source, newContent: Source, options?: DiffOptions): Promise<DeltaReport | Uint8Array>
export async function diff(
  old: Source,
  newContent: Source,
  options: DiffOptions = {},
): Promise<DeltaReport | Uint8Array> {
  return make<DeltaReport>(options, (control, output) =>
    native.diff(control, input(old, 'old'), input(newContent, 'newContent'), options, output))
}

/**
 * The new file that `delta` makes of `basis`, verified where the delta says what it must be.
 *
 * Resolves to its bytes, or with `output` writes them there (which may be the basis itself, with `overwrite`) and resolves to a report.
 */
export function patch(basis: Source, delta: Source, options: ToFile<PatchOptions>): Promise<PatchReport>
export function patch(basis: Source, delta: Source, options?: ToMemory<PatchOptions>): Promise<Uint8Array>
export function patch(basis: Source, delta: Source, options?: PatchOptions): Promise<PatchReport | Uint8Array>
export async function patch(
  basis: Source,
  delta: Source,
  options: PatchOptions = {},
): Promise<PatchReport | Uint8Array> {
  return make<PatchReport>(options, (control, output) =>
    native.patch(control, input(basis, 'basis'), input(delta, 'delta'), output))
}

/** What a signature or delta is. All of it is decoded, so that one that passes is whole. */
export async function inspect(data: Source, options: WorkOptions = {}): Promise<Inspection> {
  return (await run(options, control => native.inspect(control, input(data, 'data')))) as Inspection
}

async function make<Report>(
  options: OutputOptions & WorkOptions & { sparse?: boolean | undefined },
  start: (control: Control, output: Output) => Promise<Made<unknown> | Failure>,
): Promise<Report | Uint8Array> {
  const { output, overwrite, sparse, maxOutputLength } = options
  const destination: Output =
    output === undefined
      ? { limit: maxOutputLength ?? constants.MAX_LENGTH }
      : { path: pathBytes(output, 'output'), overwrite, sparse, limit: maxOutputLength }
  const made = await run(options, control => start(control, destination))
  return made.bytes ?? (made.report as Report)
}
