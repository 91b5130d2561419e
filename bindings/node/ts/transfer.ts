// Transfers: sync, pull, push, list, serve. In: endpoints, options, a stream. Out: sessions.
import { Buffer } from 'node:buffer'
import type { Duplex } from 'node:stream'

import { SynclineError } from './error.js'
import type { Entry, Report } from './events.js'
import { pathBytes } from './input.js'
import type { Path } from './input.js'
import { called, native, unwrap } from './native.js'
import type { Place, Request } from './native.js'
import { session } from './session.js'
import type { Session, WatchOptions } from './session.js'
import { settings } from './settings.js'
import type { FilterRule, TransferSettings } from './settings.js'

/**
 * A source or destination: a path here, `[user@]host:path`, an rsync daemon's `host::module/path` or `rsync://host/module/path`, or a path as a `file:` URL or as `{ path }`, which is here whatever it looks like.
 * With a slash at its end, a source directory stands for what is in it, as with rsync. Bytes are for what is not UTF-8.
 */
export type Endpoint = string | Uint8Array | URL | { path: Path }

/** An argument of a server; as bytes where it is not UTF-8. */
export type ServerArgument = string | Uint8Array

/** How a transfer is done: rsync's options by their long names, and how it is connected, watched and stopped. */
export interface TransferOptions extends TransferSettings, WatchOptions {
  /** Filter rules, in order. */
  filters?: readonly FilterRule[] | undefined
  /**
   * A stream to use instead of a remote shell: a Duplex, or a function that makes one and is told with what arguments the server at its other
   * end has to be started. The side that is there is still written `host:path`; the host can be any name.
   */
  stream?: Duplex | ((serverArguments: ServerArgument[]) => Duplex | Promise<Duplex>) | undefined
  /** For an rsync daemon that wants one. */
  password?: string | Uint8Array | undefined
  /** Whether ssh may ask for a password or about a host's key, where there is a terminal; by default it fails instead. */
  prompts?: boolean | undefined
  /** The permission bits that new files do not get where permissions are not preserved; by default those of the process. */
  umask?: number | undefined
}

/** What a client may do. */
export interface ServePolicy {
  /** The directory that all its paths are in; it cannot name anything outside. */
  root: Path
  /** Whether files may be sent to it; default false. */
  read?: boolean | undefined
  /** Whether files may be received from it; default false. */
  write?: boolean | undefined
  /** Whether it may delete what is there; default false. */
  delete?: boolean | undefined
  /** The permission bits that new files do not get where permissions are not preserved; by default those of the process. */
  umask?: number | undefined
}

/**
 * Makes `destination` like `source` (or sources): here, to a host, or from one.
 *
 * Rejects with a {@link SynclineError}; if that is because files were left out, its `failures` name them and its `report` says what was done.
 */
export function sync(
  source: Endpoint | readonly Endpoint[],
  destination: Endpoint,
  options: TransferOptions = {},
): Session<Report> {
  return begin(() => request(source, destination, options), options, done => done.report)
}

/** As {@link sync}, from another host, or from the other end of a stream. */
export function pull(
  source: Endpoint | readonly Endpoint[],
  destination: Endpoint,
  options: TransferOptions = {},
): Session<Report> {
  return begin(() => ({ ...request(source, destination, options), direction: 'pull' }), options, done => done.report)
}

/** As {@link sync}, to another host, or to the other end of a stream. */
export function push(
  source: Endpoint | readonly Endpoint[],
  destination: Endpoint,
  options: TransferOptions = {},
): Session<Report> {
  return begin(() => ({ ...request(source, destination, options), direction: 'push' }), options, done => done.report)
}

/** What `source` (or sources) hold, here or on a host; nothing is written. Directories are descended into with `recursive`. */
export function list(source: Endpoint | readonly Endpoint[], options: TransferOptions = {}): Session<Entry[]> {
  return begin(() => request(source, undefined, options), options, done => done.entries)
}

/**
 * The other end of one transfer: serves whoever is at the other end of `stream` and started a server with `serverArguments`, the words after
 * the program's name. What is not in `policy` is refused.
 */
export function serve(
  stream: Duplex,
  serverArguments: readonly ServerArgument[],
  policy: ServePolicy,
  options: WatchOptions = {},
): Session<Report> {
  return session(
    options,
    () => stream,
    async (control, channel) => {
      const { root, read = false, write = false, delete: deletes = false, umask = process.umask() } = policy
      const args = serverArguments.map(argument => (typeof argument === 'string' ? Buffer.from(argument) : argument))
      const allowed = { root: pathBytes(root, 'root'), read, write, delete: deletes, umask }
      return called(() => native.serveSession(control, channel!, args, allowed))
    },
    done => done.report,
  )
}

/** What a server at the other end of a stream has to be started with, after the name of its program, for this transfer to run over the stream. */
export function serverArguments(
  source: Endpoint | readonly Endpoint[],
  destination: Endpoint | undefined,
  options: TransferOptions = {},
): ServerArgument[] {
  const asked = request(source, destination, options)
  return unwrap(called(() => native.serverArguments(asked))).map(argument)
}

function begin<Result>(
  prepare: () => Request,
  options: TransferOptions,
  result: Parameters<typeof session<Result>>[3],
): Session<Result> {
  let prepared: Request | undefined
  const asked = (): Request => (prepared ??= prepare())
  const { stream } = options
  const connect = typeof stream !== 'function' ? stream && (() => stream) : () => {
    const made = unwrap(called(() => native.serverArguments(asked())))
    return stream(made.map(argument))
  }
  return session(options, connect, async (control, channel) =>
    called(() => native.transferSession(control, asked(), channel)), result)
}

function request(
  source: Endpoint | readonly Endpoint[],
  destination: Endpoint | undefined,
  options: TransferOptions,
): Request {
  const sources = Array.isArray(source) ? (source as readonly Endpoint[]) : [source as Endpoint]
  const { umask = process.umask(), prompts = false, password } = options
  const asked: Request = {
    sources: sources.map(one => place(one, 'source')),
    settings: settings(options),
    umask,
    prompts,
  }
  if (destination !== undefined) asked.destination = place(destination, 'destination')
  const shell = process.env['RSYNC_RSH']
  if (password !== undefined) asked.password = Buffer.from(password)
  if (shell !== undefined) asked.shell = Buffer.from(shell)
  return asked
}

function place(endpoint: Endpoint, name: string): Place {
  if (typeof endpoint === 'string' || endpoint instanceof Uint8Array) {
    return { path: pathBytes(endpoint, name), local: false }
  }
  if (endpoint instanceof URL) return { path: pathBytes(endpoint, name), local: true }
  if (typeof endpoint === 'object' && endpoint !== null && 'path' in endpoint) {
    return { path: pathBytes(endpoint.path, `${name}.path`), local: true }
  }
  throw new SynclineError('INVALID_ARGUMENT', `${name} must be a string, Uint8Array, URL or { path }`)
}

/** Text, unless that would lose something. */
function argument(bytes: Uint8Array): ServerArgument {
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? text : bytes
}
