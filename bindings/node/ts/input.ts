// Arguments of the public functions. In: what a caller passed. Out: what the native module takes.
import { Buffer } from 'node:buffer'
import { fileURLToPath } from 'node:url'

import { SynclineError } from './error.js'
import type { Input } from './native.js'

/** Content as bytes, or a path: as a string, a `file:` URL, or an object that may hold the path as bytes. */
export type Source = Uint8Array | string | URL | { path: Path }

/** A path; as bytes where it is not UTF-8. */
export type Path = string | URL | Uint8Array

/** `source` for the native module, which copies it. */
export function input(source: Source, name: string): Input {
  if (source instanceof Uint8Array) return { bytes: unshared(source) }
  if (typeof source === 'string' || source instanceof URL) return { path: pathBytes(source, name) }
  if (typeof source === 'object' && source !== null && 'path' in source) {
    return { path: pathBytes(source.path, `${name}.path`) }
  }
  throw new SynclineError('INVALID_ARGUMENT', `${name} must be a Uint8Array (content), or a path as a string, URL or { path }`)
}

/** `path` as bytes. */
export function pathBytes(path: Path, name: string): Uint8Array {
  const bytes = path instanceof Uint8Array ? path : encoded(path, name)
  // The system would take it for the end of the path.
  if (bytes.includes(0)) throw new SynclineError('INVALID_ARGUMENT', `${name} must not hold a NUL`)
  return bytes
}

function encoded(path: string | URL, name: string): Uint8Array {
  if (typeof path === 'string') return Buffer.from(path)
  if (!(path instanceof URL)) {
    throw new SynclineError('INVALID_ARGUMENT', `${name} must be a string, URL or Uint8Array`)
  }
  try {
    return Buffer.from(fileURLToPath(path))
  } catch (error) {
    throw new SynclineError('INVALID_ARGUMENT', `${name}: ${(error as Error).message}`)
  }
}

/** Another thread may write to shared memory even while it is being copied by the native module. */
function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes
}
