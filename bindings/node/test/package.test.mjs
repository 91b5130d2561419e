// The package as its users get it: import, require, worker threads, an empty project, the examples.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

import * as syncline from 'syncline'

import { folder, pair } from './data.mjs'

const execute = promisify(execFile)
const here = fileURLToPath(new URL('..', import.meta.url))

test('require gives what import gives, the same classes too', () => {
  const required = createRequire(import.meta.url)('syncline')
  assert.deepEqual(Object.keys(required).sort(), Object.keys(syncline).sort())
  assert.equal(required.SynclineError, syncline.SynclineError)
})

test('the error codes are those of the engine', () => {
  const native = createRequire(import.meta.url)('../syncline.node')
  assert.deepEqual([...syncline.ERROR_CODES], native.errorCodes())
})

test('it works in worker threads, several at once, and after one was terminated', async () => {
  const files = pair()
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    const syncline = require(${JSON.stringify(fileURLToPath(import.meta.resolve('syncline')))})
    syncline.diff(workerData.old, workerData.new)
      .then(change => syncline.patch(workerData.old, change))
      .then(result => parentPort.postMessage(result))`
  const start = () => new Worker(code, { eval: true, workerData: files })
  const results = await Promise.all(
    [start(), start(), start()].map(worker => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))),
  )
  for (const result of results) assert.ok(Buffer.compare(result, files.new) === 0)
  await start().terminate()
  assert.ok((await syncline.diff(files.old, files.new)).length > 0)
})

test('a packed package works in an empty project', async t => {
  const at = await folder(t)
  const { stdout } = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', at()], { cwd: here })
  const [packed] = JSON.parse(stdout)
  const names = packed.files.map(file => file.path)
  assert.ok(names.includes('syncline.node') && names.includes('dist/index.d.ts'), String(names))
  assert.ok(names.every(name => /^(dist\/|syncline\.node$|package\.json$|README\.md$|LICENSE-)/.test(name)), String(names))
  await writeFile(at('package.json'), '{ "private": true }')
  await execute('npm', ['install', '--offline', '--no-audit', '--no-fund', at(packed.filename)], { cwd: at() })
  const use = `
    const old = Buffer.from('the old content')
    syncline.diff(old, Buffer.from('the new content'))
      .then(change => syncline.patch(old, change))
      .then(result => console.log(Buffer.from(result).toString()))`
  await writeFile(at('use.cjs'), `const syncline = require('syncline')\n${use}`)
  await writeFile(at('use.mjs'), `import * as syncline from 'syncline'\n${use}`)
  for (const name of ['use.cjs', 'use.mjs']) {
    const { stdout, stderr } = await execute(process.execPath, [at(name)], { cwd: at() })
    assert.equal(stdout, 'the new content\n')
    assert.equal(stderr, '')
  }
})

test('a process or thread that ends takes unfinished work with it, and what it had written', async t => {
  const at = await folder(t)
  await mkdir(at('output'))
  await writeFile(at('old'), '')
  // More than an hour's work.
  await truncate(at('old'), 2 ** 43)
  const start = `
    import(${JSON.stringify(import.meta.resolve('syncline'))}).then(syncline =>
      syncline.signature(${JSON.stringify(at('old'))}, {
        output: ${JSON.stringify(at('output/signature'))},
        onProgress: () => started(),
      }))`
  await execute(process.execPath, ['-e', `const started = () => process.exit(0)\n${start}`], { timeout: 30_000 })
  assert.deepEqual(await readdir(at('output')), [])

  const worker = new Worker(`const started = () => require('node:worker_threads').parentPort.postMessage('started')\n${start}`, { eval: true })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  assert.equal((await readdir(at('output'))).length, 1, 'there is a temporary file')
  await worker.terminate()
  assert.deepEqual(await readdir(at('output')), [])
})
