// What the types allow and refuse; compiled, never run.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { duplexPair } from 'node:stream'
import type { Transform } from 'node:stream'

import {
  SynclineError, createDelta, createPatch, createSignature, delta, diff, inspect, list, patch, pull, push, serve, serverArguments, signature, sync,
} from 'syncline'
import Rsync from 'syncline/compat/node-rsync'
import rsyncwrapper from 'syncline/compat/rsyncwrapper'
import type { DeltaReport, Inspection, PatchReport, Progress, Report, SignatureOptions, SignatureReport, TransferOptions } from 'syncline'

export async function promises(bytes: Uint8Array, url: URL): Promise<void> {
  const made: Uint8Array = await signature(bytes)
  const fromPath: Uint8Array = await signature('path', { format: 'rdiff', blockLength: 2048, strongLength: 'max', workers: 2 })
  const signed: SignatureReport = await signature(url, { output: 'signature', overwrite: true })
  const change: Uint8Array = await delta(made, { path: bytes }, { compression: 'none' })
  const changed: DeltaReport = await delta(fromPath, 'new', { compression: 19, mode: 'compact', generation: 1, check: true, output: url })
  const compared: Uint8Array = await diff('old', bytes, { format: 'librsync' })
  const patched: PatchReport = await patch('old', change, { output: 'new', sparse: true, signal: AbortSignal.timeout(1000) })
  const result: Uint8Array = await patch('old', compared, { onProgress: (progress: Progress) => progress.bytesDone })
  const found: Inspection = await inspect(result)
  const lengths: number = found.content === 'signature' ? found.blockLength : found.copies
  const basis: string | undefined = found.basis?.hash
  const options: SignatureOptions = { signal: undefined, output: undefined }
  const either: Uint8Array | SignatureReport = await signature(bytes, options)
  void [signed, changed, patched, lengths, basis, either]

  // @ts-expect-error a number is no source
  await signature(5)
  // @ts-expect-error no such format
  await signature(bytes, { format: 'rsync' })
  // @ts-expect-error no such option
  await signature(bytes, { blocks: 7 })
  // @ts-expect-error a delta has no block length
  await delta(made, bytes, { blockLength: 7 })
  // @ts-expect-error with an output there are no bytes
  const none: Uint8Array = await patch('old', change, { output: 'new' })
  // @ts-expect-error which of the two is not known yet
  void [none, found.blockLength]
}

export async function streams(bytes: Uint8Array): Promise<void> {
  const signing: Transform = createSignature({ format: 'native', basisLength: 5, readableHighWaterMark: 1 })
  const comparing = createDelta('signature', { workers: 2, signal: AbortSignal.timeout(5) })
  const patching = createPatch(bytes)
  await pipeline(createReadStream('old'), signing)
  const report: DeltaReport | undefined = comparing.report
  const verified: boolean | undefined = patching.report?.verified
  void [report, verified]
  // @ts-expect-error a stream's settings come from its bytes alone
  createPatch(bytes, { workers: 2 })
}

export function errors(error: unknown): number | undefined {
  if (!(error instanceof SynclineError)) return undefined
  if (error.code === 'NOT_FOUND') return error.errno
  const path: string | undefined = error.path
  return path?.length
}

export async function transfers(url: URL): Promise<void> {
  const options: TransferOptions = {
    archive: true,
    owner: false,
    hardLinks: 2,
    maxSize: '10m',
    minSize: 1,
    timeout: 60,
    bwlimit: false,
    remoteOption: ['a', Buffer.from('b')],
    filesFrom: url,
    filters: ['- *.o', { exclude: '*.a' }, { includeFrom: url }],
    signal: AbortSignal.timeout(1000),
    onProgress: ({ bytesDone, bytesTotal, totalIsFinal, filesDone, file }) =>
      void [bytesDone, bytesTotal, totalIsFinal, filesDone, file?.path],
  }
  const report: Report = await sync(['a', url, { path: Buffer.from('b') }], 'host:path', options)
  const codes: string[] = report.failures.map(failure => failure.code)
  const transfer = pull('host:a', 'b', { dryRun: true })
  for await (const event of transfer) {
    if (event.type === 'changed') event.itemized.trim()
    // @ts-expect-error a deletion has no size
    if (event.type === 'deleted') event.size
  }
  const names: string[] = (await list('host:')).map(({ path }) => path)
  const [near, far] = duplexPair()
  const words = serverArguments('a', 'peer:b')
  await Promise.all([push('a', 'peer:b', { stream: near }), serve(far, words, { root: url, write: true })])
  await push('a', 'peer:b', { stream: async words => (void words, near) })
  void [codes, names]

  // @ts-expect-error archive is a flag
  await sync('a', 'b', { archive: 'yes' })
  // @ts-expect-error no such option
  await sync('a', 'b', { archives: true })
  // @ts-expect-error rules are one list, for their order
  await sync('a', 'b', { exclude: '*.o' })
  // @ts-expect-error a policy names a directory
  await serve(far, words, { read: true })
}

export function compatibility(): void {
  const command: string = new Rsync().flags('az').source(['a', 'b']).destination('c').command()
  const child = Rsync.build({ flags: { a: true } }).execute((error, code, cmd) => void [error?.message, code, cmd])
  child.kill()
  rsyncwrapper({ src: 'a', dest: 'b', compareMode: 'checksum' }, (error, stdout) => void [error, stdout.length])
  void command
}
