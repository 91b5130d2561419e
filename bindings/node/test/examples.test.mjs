// Every program of examples/node does what it says.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, readdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { folder, noise, pair } from './data.mjs'
import { difference, tree } from './trees.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const examples = new URL('../../../examples/node/', import.meta.url)
const execute = promisify(execFile)
const ssh = process.env.SYNCLINE_TEST_SSH

/** A directory with the example in it as in a project of its own, and what runs it. */
async function project(t, name) {
  const at = await folder(t)
  await mkdir(at('node_modules'))
  await symlink(here, at('node_modules/syncline'))
  await copyFile(new URL(name, examples), at(name))
  return { at, run: (...words) => execute(process.execPath, [at(name), ...words], { cwd: at() }) }
}

for (const name of ['delta.mjs', 'stream.mjs']) {
  test(`${name} verifies`, async t => {
    const { at, run } = await project(t, name)
    const files = pair()
    await writeFile(at('old'), files.old)
    await writeFile(at('new'), files.new)
    assert.match((await run('old', 'new')).stdout, /verified: the result is the new file/)
  })
}

test('mirror.mjs mirrors, deletes and shows progress', async t => {
  const { at, run } = await project(t, 'mirror.mjs')
  await tree(at('from'))
  await writeFile(at('from/large'), noise(20 << 20))
  await mkdir(at('to'))
  await writeFile(at('to/superfluous'), '')
  const { stdout, stderr } = await run('from/', 'to')
  assert.equal(stdout, '5 files sent, 1 deleted\n')
  assert.match(stderr, /100 % of \d+ bytes/)
  assert.equal(await difference(at('from'), at('to')), '')
})

test('mirror.mjs and push.mjs over ssh', async t => {
  for (const name of ['mirror.mjs', 'push.mjs']) {
    const { at, run } = await project(t, name)
    await tree(at('from'))
    assert.match((await run('from/', `localhost:${at('to')}`, ssh)).stdout, /^4 files sent/)
    assert.equal(await difference(at('from'), at('to')), '')
  }
})

test('push.mjs names a wrong host, a refused key and a missing file', async t => {
  const { at, run } = await project(t, 'push.mjs')
  await tree(at('from'))
  for (const [words, code, said] of [
    [['from/', 'nowhere.invalid:to', ssh], 'CONNECTION_LOST', /Could not resolve hostname nowhere\.invalid/],
    [['from/', 'localhost:to', process.env.SYNCLINE_TEST_SSH_REFUSED], 'PERMISSION_DENIED', /Permission denied \(publickey/],
    [['missing', `localhost:${at('to')}`, ssh], 'PARTIAL_TRANSFER', /cannot link_stat \S*missing: No such file or directory/],
  ]) {
    await assert.rejects(run(...words), error => {
      assert.match(error.stderr, new RegExp(`^${code}: `))
      assert.match(error.stderr, said)
      return true
    })
  }
})

test('cancel.mjs stops half-way and leaves nothing unfinished', async t => {
  const { at, run } = await project(t, 'cancel.mjs')
  await mkdir(at('from'))
  for (let i = 0; i < 40; i += 1) {
    await writeFile(at(`from/${i}`), '')
    await truncate(at(`from/${i}`), 25 << 20)
  }
  const { stdout } = await run('from/', 'to')
  assert.equal(stdout, 'cancelled: half is enough\n')
  const left = await readdir(at('to'))
  assert.ok(left.length < 40 && left.every(name => /^\d+$/.test(name)), String(left))
})

test('preview.mjs says what would change and changes nothing', async t => {
  const { at, run } = await project(t, 'preview.mjs')
  await tree(at('from'))
  await mkdir(at('to'))
  await writeFile(at('to/superfluous'), '')
  const { stdout } = await run('from/', 'to')
  assert.match(stdout, /^>f\+{9} sub\/b$/m)
  assert.match(stdout, /^\*deleting {3}superfluous$/m)
  assert.deepEqual(await readdir(at('to')), ['superfluous'])
})

test('socket_pair.mjs copies into its root and not out of it', async t => {
  const { at, run } = await project(t, 'socket_pair.mjs')
  await tree(at('from'))
  await mkdir(at('root'))
  assert.equal((await run('from/', 'root', 'kept')).stdout, '4 files sent\n')
  assert.equal(await difference(at('from'), at('root/kept')), '')
  await assert.rejects(run('from/', 'root', '../out'), error => /^(here|there): /.test(error.stderr))
  assert.ok(!existsSync(at('out')))
})

test('every example has a test here', async () => {
  const tests = await readFile(new URL(import.meta.url), 'utf8')
  for (const name of await readdir(examples)) {
    if (name.endsWith('.mjs')) assert.ok(tests.includes(`'${name}`), name)
  }
})
