// Inputs that several tests use.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `length` bytes that look random and are the same in every run. */
export function noise(length, seed = 'noise') {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

/** A number from 0 to `limit` - 1, the next of a sequence that is the same in every run. */
export function sequence(seed = 1) {
  let state = seed
  return limit => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % limit
  }
}

/** An old file and a new one that differs from it in a few places. */
export function pair(length = 300_000) {
  const old = noise(length)
  const cut = Math.floor(length / 3)
  return {
    old,
    new: Buffer.concat([old.subarray(0, cut), Buffer.from('put in'), old.subarray(cut + 50), noise(1000, 'end')]),
  }
}

/** A directory that is gone after the test. */
export async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'syncline-test-'))
  t.after(() => rm(path, { recursive: true }))
  return name => join(path, name ?? '')
}
