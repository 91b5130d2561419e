// What events and reports hold is the same in every surface.
import assert from 'node:assert/strict'
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { sync } from 'syncline'

/** The rows of the schema: what thing has what field, as Node calls it. */
async function schema() {
  const text = await readFile(new URL('../../../tests/vectors/events.tsv', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line && !line.startsWith('#'))
  return rows.map((line) => line.split('\t')).map(([thing, field, , name]) => ({ thing, field, name }))
}

test('every field of the schema is there', async () => {
  const place = await mkdtemp(join(tmpdir(), 'syncline-'))
  const seen = {}
  const keep = (thing, object) => {
    seen[thing] = new Set([...(seen[thing] ?? []), ...Object.keys(object)])
  }
  try {
    await mkdir(join(place, 'from'))
    await mkdir(join(place, 'to'))
    await writeFile(join(place, 'from/file'), Buffer.alloc(1 << 20))
    await symlink('file', join(place, 'from/link'))
    await writeFile(join(place, 'to/extra'), '')
    const [from, to] = [join(place, 'from/'), join(place, 'to')]
    const session = sync([from], to, { archive: true, delete: true })
    for await (const event of session) {
      if (event.type === 'changed') keep('entry', event)
      keep({ changed: 'change', deleted: 'deletion' }[event.type] ?? event.type, event)
    }
    keep('report', await session)
    const failed = await sync([from, join(place, 'missing')], to, { archive: true }).catch((error) => error)
    keep('failure', failed.failures[0])
  } finally {
    await rm(place, { recursive: true })
  }
  // What such a small transfer does not tell is in the types.
  const sources = ['../ts/events.ts', '../ts/native.ts'].map((name) => readFile(new URL(name, import.meta.url), 'utf8'))
  const types = (await Promise.all(sources)).join('\n')
  const rows = await schema()
  assert.ok(rows.length > 40)
  for (const { thing, field, name } of rows) {
    const isTyped = new RegExp(`^  ${name}\\??:`, 'm').test(types)
    const isSeen = seen[thing]?.has(name) || ['message', 'file'].includes(thing) || field === 'other_path'
    assert.ok(isTyped && isSeen, `${thing} ${field}: ${name}`)
  }
})
