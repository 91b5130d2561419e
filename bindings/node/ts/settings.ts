// Options by name. In: what a caller passed. Out: names and values of the one table, in an order that does not depend on how they were written.
import { Buffer } from 'node:buffer'

import { SynclineError } from './error.js'
import { pathBytes } from './input.js'
import type { Path } from './input.js'
import type { Setting } from './native.js'
import { TRANSFER_OPTIONS } from './transfer-options.js'
import type { TransferSettings } from './transfer-options.js'

export type { TransferSettings }

/**
 * A filter rule: a string in rsync's syntax (`'- *.o'`, `'+ /keep'`, `'merge FILE'`, …), or a pattern or a file of patterns.
 */
export type FilterRule =
  | string
  | { exclude: string | Uint8Array }
  | { include: string | Uint8Array }
  | { excludeFrom: Path }
  | { includeFrom: Path }

/** `options` for the native module. What is not rsync's is left to others. */
export function settings(options: TransferSettings & { filters?: readonly FilterRule[] | undefined }): Setting[] {
  const set: Setting[] = []
  for (const [key, { name, argument, negatable }] of Object.entries(TRANSFER_OPTIONS)) {
    const value: unknown = (options as Record<string, unknown>)[key]
    if (value === undefined || value === null) continue
    if (argument) {
      if (value === false && negatable) set.push({ name: `no-${name}` })
      else for (const one of Array.isArray(value) ? value : [value]) set.push({ name, value: bytes(one, key) })
    } else if (typeof value === 'number') {
      for (let times = 0; times < Math.min(value, 255); times += 1) set.push({ name })
    } else if (typeof value !== 'boolean') {
      throw new SynclineError('INVALID_ARGUMENT', `${key} must be true or false`)
    } else if (value) {
      set.push({ name })
    } else if (negatable) {
      set.push({ name: `no-${name}` })
    }
  }
  for (const rule of options.filters ?? []) set.push(filter(rule))
  return set
}

function filter(rule: FilterRule): Setting {
  if (typeof rule === 'string') return { name: 'filter', value: Buffer.from(rule) }
  if ('exclude' in rule) return { name: 'exclude', value: bytes(rule.exclude, 'exclude') }
  if ('include' in rule) return { name: 'include', value: bytes(rule.include, 'include') }
  if ('excludeFrom' in rule) return { name: 'exclude-from', value: pathBytes(rule.excludeFrom, 'excludeFrom') }
  if ('includeFrom' in rule) return { name: 'include-from', value: pathBytes(rule.includeFrom, 'includeFrom') }
  throw new SynclineError('INVALID_ARGUMENT', 'a filter must be a string or an object with a pattern or a file')
}

function bytes(value: unknown, name: string): Uint8Array {
  if (typeof value === 'number') return Buffer.from(String(value))
  if (typeof value === 'string' || value instanceof URL || value instanceof Uint8Array) return pathBytes(value, name)
  throw new SynclineError('INVALID_ARGUMENT', `${name} has a value of the wrong type`)
}
