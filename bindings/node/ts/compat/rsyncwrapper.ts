/**
 * The interface of the npm package `rsyncwrapper` (3), over this package's engine: change the import, and no rsync needs to be installed.
 *
 * A command line is built and run as there, in a child process, through a shell that expands wildcards.
 */
import type { ChildProcess } from 'node:child_process'

import { escaped, quoted, run } from './shell.js'

/** What is copied where, and how. */
export interface Options {
  /** What is copied; a shell expands wildcards. */
  src: string | readonly string[]
  /** Where to. */
  dest: string
  /** Whether `src` or `dest` is `user@host:path`, reached over ssh. */
  ssh?: boolean
  /** ssh's port. */
  port?: string | number
  /** The file of the private key for ssh. */
  privateKey?: string
  /** More arguments for ssh. */
  sshCmdArgs?: readonly string[]
  recursive?: boolean
  /** Deletes at the destination what the source does not have, excluded files too. */
  deleteAll?: boolean
  /** Deletes at the destination what the source does not have, except what is excluded. */
  delete?: boolean
  /** The old names of `deleteAll` and `delete`. */
  syncDest?: boolean
  syncDestIgnoreExcl?: boolean
  /** How files are compared; by default by time and size. */
  compareMode?: 'checksum' | 'sizeOnly'
  /** Patterns: those of `excludeFirst` come first, then those of `include`, then those of `exclude`. */
  include?: readonly string[]
  exclude?: readonly string[]
  excludeFirst?: readonly string[]
  /** Changes nothing, and says what would be done. */
  dryRun?: boolean
  /** Keeps modification times. */
  times?: boolean
  /** Get output as it comes. */
  onStdout?: (data: Buffer) => void
  onStderr?: (data: Buffer) => void
  /** More arguments; a shell reads them. */
  args?: readonly string[]
}

/** Called at the end: with an error (its `code` is the exit status) or `null`, all output, and the command line. */
export type Callback = (error: Error | null, stdout: string, stderr: string, cmd: string) => void

/** Runs rsync as `options` say. */
export default function rsync(options: Options, callback: Callback = () => {}): ChildProcess | undefined {
  const { src, dest } = options ?? {}
  const sources = ([src ?? []].flat() as string[])
  if (sources.length === 0 || typeof dest !== 'string') {
    const missing = sources.length === 0 ? 'src' : 'dest'
    process.nextTick(callback, new Error(`the option '${missing}' is required`), '', '', '')
    return undefined
  }
  const args = [...sources.map(escaped), escaped(dest), ...words(options)]
  const command = ['rsync', ...args].join(' ')
  const said: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] }
  const running = {
    executable: 'rsync',
    shell: '/bin/sh',
    cwd: process.cwd(),
    env: process.env,
    onStdout: (data: Buffer) => void (said.stdout.push(data), options.onStdout?.(data)),
    onStderr: (data: Buffer) => void (said.stderr.push(data), options.onStderr?.(data)),
  }
  return run(args, running, error =>
    callback(error, Buffer.concat(said.stdout).toString(), Buffer.concat(said.stderr).toString(), command))
}

function words(options: Options): string[] {
  const { compareMode, args = [] } = options
  const patterns = (name: string, list: readonly string[] = []): string[] => list.map(one => `--${name}=${quoted(one)}`)
  const deletesAll = options.deleteAll === true || options.syncDest === true
  const deletes = deletesAll || options.delete === true || options.syncDestIgnoreExcl === true
  return [
    ...(options.ssh === true ? [`--rsh=${quoted(shell(options))}`] : []),
    ...(options.recursive === true ? ['--recursive'] : []),
    ...(options.times === true ? ['--times'] : []),
    ...(deletes ? ['--delete'] : []),
    ...(deletesAll ? ['--delete-excluded'] : []),
    ...(options.dryRun === true ? ['--dry-run', '--verbose'] : []),
    ...(compareMode === 'checksum' ? ['--checksum'] : compareMode === 'sizeOnly' ? ['--size-only'] : []),
    ...patterns('exclude', options.excludeFirst),
    ...patterns('include', options.include),
    ...patterns('exclude', options.exclude),
    ...args,
  ]
}

function shell({ port, privateKey, sshCmdArgs = [] }: Options): string {
  return [
    'ssh',
    ...(port === undefined ? [] : [`-p ${port}`]),
    ...(privateKey === undefined ? [] : [`-i ${spaced(privateKey)}`]),
    ...sshCmdArgs,
  ].join(' ')
}

/** A word of the remote shell's command line, which has quotes and no backslashes. */
function spaced(word: string): string {
  return /[ '"]/.test(word) ? `'${word.replace(/'/g, "''")}'` : word
}

// What `require` gives.
export { rsync as 'module.exports' }
