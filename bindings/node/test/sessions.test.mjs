// Transfers with other programs and with bad luck: stock rsync over ssh, what goes wrong on the way, stopping at any moment, many at once.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

import { list, pull, push, serve, serverArguments, sync } from 'syncline'

import { folder, noise, sequence } from './data.mjs'
import { difference, tree } from './trees.mjs'

const execute = promisify(execFile)
const ssh = process.env.SYNCLINE_TEST_SSH
const module = JSON.stringify(import.meta.resolve('syncline'))

/** A large enough tree that a transfer of it does not end at once. */
async function large(top) {
  await tree(top)
  for (let i = 0; i < 30; i += 1) await writeFile(`${top}/${i}`, noise(1 << 20, String(i)))
}

/** What this process has open, what runs under it, and its threads. */
function resources() {
  const at = name => readdirSync(`/proc/self/${name}`)
  const target = descriptor => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`)
    } catch {
      return ''
    }
  }
  const threads = at('task').map(id => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim()
    } catch {
      return ''
    }
  })
  return {
    descriptors: at('fd').map(target).filter(name => name !== '' && !name.startsWith('/proc/')).length,
    children: at('task').flatMap(id => {
      try {
        return readFileSync(`/proc/self/task/${id}/children`, 'utf8').split(' ').filter(Boolean)
      } catch {
        return []
      }
    }).length,
    threads: threads.filter(name => name.startsWith('syncline')).length,
  }
}

/** Waits until no more is in use than `before`, which threads need a moment for. */
async function settled(before) {
  const deadline = Date.now() + 5000
  for (;;) {
    const now = resources()
    if (Object.keys(before).every(key => now[key] <= before[key])) return
    if (Date.now() > deadline) assert.deepEqual(now, before)
    await pause(20)
  }
}

test('stock rsync over ssh, both ways, and a list', async t => {
  const at = await folder(t)
  await large(at('from'))
  const options = { archive: true, rsh: ssh }
  const sent = await push(at('from/'), `localhost:${at('to')}`, { ...options, compress: true })
  assert.equal(sent.filesTransferred, 34)
  assert.equal(await difference(at('from'), at('to')), '')
  const entries = await list(`localhost:${at('to')}/`, { ...options, recursive: true })
  assert.equal(entries.filter(entry => entry.kind === 'file').length, 34)
  await pull(`localhost:${at('to')}/`, at('back'), { ...options, checksum: true })
  assert.equal(await difference(at('from'), at('back')), '')
})

test('a stock rsync daemon, both ways, with a password', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await mkdir(at('module'))
  await writeFile(at('secrets'), 'someone:secret\n', { mode: 0o600 })
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await writeFile(at('conf'), `
    use chroot = no
    uid = ${process.getuid()}
    gid = ${process.getgid()}
    pid file = ${at('pid')}
    [files]
    path = ${at('module')}
    read only = no
    auth users = someone
    secrets file = ${at('secrets')}
    strict modes = no\n`)
  const daemon = spawn('rsync', ['--daemon', '--no-detach', `--port=${port}`, '--address=127.0.0.1', `--config=${at('conf')}`], { stdio: 'ignore' })
  t.after(() => daemon.kill())
  const answers = () => new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => resolve(true)).once('error', () => resolve(false))
    socket.once('data', () => socket.destroy())
  })
  for (let tries = 0; tries < 200 && !(await answers()); tries += 1) await pause(20)
  const module = `rsync://someone@127.0.0.1:${port}/files/`
  await push(at('from/'), module, { archive: true, password: 'secret' })
  await pull(module, at('back'), { archive: true, password: Buffer.from('secret') })
  assert.equal(await difference(at('from'), at('back')), '')
  await assert.rejects(list(module, { password: 'wrong' }), error => {
    assert.match(error.message, /auth failed on module files/)
    return true
  })
})

test('names with spaces, quotes and a dollar sign go through a remote shell as they are', async t => {
  const at = await folder(t)
  const name = `it's "a" $HOME *; x`
  await tree(at(name))
  await push(`${at(name)}/`, `localhost:${at(`to ${name}`)}`, { archive: true, rsh: ssh })
  assert.equal(await difference(at(name), at(`to ${name}`)), '')
  await pull(`localhost:${at(`to ${name}`)}/`, at('back'), { archive: true, rsh: ssh })
  assert.equal(await difference(at(name), at('back')), '')
})

test('what goes wrong on the way has a code, an exit status, and says what it is about', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const to = `localhost:${at('to')}`
  for (const [start, expected, said] of [
    [
      () => push(at('from/'), 'nowhere.invalid:to', { archive: true, rsh: ssh }),
      { code: 'CONNECTION_LOST', exitStatus: 255 }, /Could not resolve hostname nowhere\.invalid/,
    ],
    [
      () => push(at('from/'), to, { archive: true, rsh: process.env.SYNCLINE_TEST_SSH_REFUSED }),
      { code: 'PERMISSION_DENIED', exitStatus: 255 }, /Permission denied \(publickey/,
    ],
    [
      () => push(at('from/'), to, { archive: true, rsh: ssh, rsyncPath: 'no-such-program' }),
      { code: 'PEER_FAILED', exitStatus: 127 }, /no-such-program.*not found/,
    ],
    [() => push(at('from/'), to, { rsh: '/no/such/shell' }), { code: 'NOT_FOUND' }, /\/no\/such\/shell/],
    [() => pull(`localhost:${at('missing')}`, at('to'), { rsh: ssh }), { code: 'PARTIAL_TRANSFER', exitStatus: 23 }, /missing/],
    [() => sync(at('missing'), at('to')), { code: 'PARTIAL_TRANSFER', exitStatus: 23 }, /missing/],
    [() => pull('rsync://127.0.0.1:1/module', at('to')), { code: 'CONNECT_FAILED', exitStatus: 10 }, /127\.0\.0\.1:1: Connection refused/],
    [() => sync(at('from/'), at('from/a'), { archive: true }), { exitStatus: 3 }, /from\/a/],
  ]) {
    const error = await start().then(() => assert.fail('it was done'), error => error)
    for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, `${name} of ${error}`)
    assert.match(error.message, said)
  }
  await settled({ children: 0, threads: 0 })
})

/** What `script` prints, in a process of its own. */
async function elsewhere(script, { command = [], at }) {
  await writeFile(at('script.mjs'), `import * as syncline from ${module}\n${script}`)
  const [program, ...words] = [...command, process.execPath, at('script.mjs')]
  return (await execute(program, words, { cwd: at(), timeout: 60_000 })).stdout
}

test('an unreadable file is named, and the others are transferred', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await execute('chmod', ['000', at('from/sub/b')])
  await execute('chmod', ['777', at()])
  const stdout = await elsewhere(`
    // The super-user reads everything.
    if (process.getuid() === 0) process.seteuid(65534)
    const error = await syncline.sync('from/', 'to', { archive: true, owner: false, group: false }).catch(error => error)
    const { code, exitStatus, message, failures, report } = error
    console.log(JSON.stringify({ code, exitStatus, message, failures, sent: report.filesTransferred }))`, { at })
  const { code, exitStatus, message, failures, sent } = JSON.parse(stdout)
  assert.deepEqual({ code, exitStatus, sent }, { code: 'PARTIAL_TRANSFER', exitStatus: 23, sent: 3 })
  assert.match(message, /sub\/b.*Permission denied/)
  const [{ path, code: cause, errno }] = failures
  assert.deepEqual({ path, cause, errno, count: failures.length }, { path: 'sub/b', cause: 'PERMISSION_DENIED', errno: -13, count: 1 })
})

test('a full disk is NO_SPACE, and leaves no temporary file', async t => {
  const at = await folder(t)
  await mkdir(at('small'))
  await mkdir(at('from'))
  await writeFile(at('from/large'), noise(4 << 20))
  const command = ['unshare', '--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs -o size=1m none small && exec "$@"', 'sh']
  const stdout = await elsewhere(`
    import { readdirSync } from 'node:fs'
    const error = await syncline.sync('from/', 'small', { archive: true }).catch(error => error)
    console.log(JSON.stringify({ code: error.code, message: error.message, failures: error.failures, left: readdirSync('small') }))`,
  { at, command })
  const { code, message, failures, left } = JSON.parse(stdout)
  assert.equal(code, 'NO_SPACE', stdout)
  assert.match(message, /large.*No space left on device/)
  assert.deepEqual(left, [])
})

for (const [name, places] of [
  ['here', at => [at('from/'), at('to'), {}]],
  ['over ssh', at => [at('from/'), `localhost:${at('to')}`, { rsh: ssh }]],
  ['from ssh', at => [`localhost:${at('from')}/`, at('to'), { rsh: ssh }]],
]) {
  test(`stopped at any moment it leaves no process, thread, descriptor or temporary file: ${name}`, async t => {
    const at = await folder(t)
    await large(at('from'))
    const [from, to, options] = places(at)
    const random = sequence(7)
    const before = resources()
    let stopped = 0
    for (let i = 0; i < 12; i += 1) {
      const reason = new Error(`stop ${i}`)
      const controller = new AbortController()
      const started = Date.now()
      let aborted = started
      setTimeout(() => {
        aborted = Date.now()
        controller.abort(reason)
      }, random(name === 'here' ? 60 : 300))
      const outcome = await sync(from, to, { archive: true, ignoreTimes: true, ...options, signal: controller.signal })
        .then(() => undefined, error => error)
      if (outcome !== undefined) {
        assert.equal(outcome, reason)
        assert.ok(Date.now() - aborted < 1500, `it took ${Date.now() - aborted} ms`)
        stopped += 1
      }
    }
    assert.ok(stopped >= 4, `${stopped} were stopped`)
    await settled(before)
    // The other end of ssh learns of it when its connection is gone.
    const unfinished = async () => (await readdir(at('to')).catch(() => [])).filter(name => /^\..*\.\w{6}$/.test(name))
    for (let tries = 0; tries < 100 && (await unfinished()).length > 0; tries += 1) await pause(20)
    assert.deepEqual(await unfinished(), [])
  })
}

test('200 transfers one after the other, and eight at once, leak neither descriptors nor memory', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await mkdir(at('root'))
  const one = async number => {
    if (number % 4 === 0) return push(at('from/'), `localhost:${at('to')}`, { archive: true, rsh: ssh })
    if (number % 4 === 1) {
      const [near, far] = duplexPair()
      const words = serverArguments(at('from/'), 'peer:x', { archive: true })
      return Promise.all([
        push(at('from/'), 'peer:x', { archive: true, stream: near }),
        serve(far, words, { root: at('root'), write: true }),
      ])
    }
    for await (const event of sync(at('from/'), at(`local${number % 8}`), { archive: true, ignoreTimes: true })) void event
  }
  const round = async (count, width) => {
    for (let i = 0; i < count; i += width) await Promise.all(Array.from({ length: width }, (_, j) => one(i + j)))
  }
  const memory = async () => {
    for (let i = 0; i < 3; i += 1) {
      globalThis.gc()
      await pause(10)
    }
    return process.memoryUsage().rss
  }
  await round(48, 8)
  const before = resources()
  const [rss] = [await memory()]
  await round(200, 1)
  await round(64, 8)
  await settled(before)
  const grown = (await memory()) - rss
  t.diagnostic(`${Math.round(grown / 1024)} KiB more resident after 264 transfers`)
  assert.ok(grown < 24 << 20, `${grown} bytes more`)
})

test('eight large ones at once do not wait for each other, nor keep the pool', async t => {
  const at = await folder(t)
  await large(at('from'))
  const all = Array.from({ length: 8 }, (_, i) => sync(at('from/'), at(`to${i}`), { archive: true }))
  // libuv's pool has four threads by default: a read that needs one still gets it.
  const names = await readdir(at('from'))
  assert.equal(names.length, 33)
  for (const report of await Promise.all(all)) assert.equal(report.filesTransferred, 34)
  assert.equal(await difference(at('from'), at('to7')), '')
})

test('in a worker thread, which may end in the middle', async t => {
  const at = await folder(t)
  await large(at('from'))
  const before = resources()
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(async ({ sync }) => {
      const events = []
      const transfer = sync(workerData.from, workerData.to, { archive: true, ...workerData.options, onProgress() {} })
      parentPort.postMessage('started')
      for await (const event of transfer) events.push(event.type)
      parentPort.postMessage({ report: await transfer, events: events.length })
    })`
  const start = (from, to, options = {}) =>
    new Worker(code, { eval: true, workerData: { module: import.meta.resolve('syncline'), from, to, options } })
  const [, { report, events }] = await new Promise((resolve, reject) => {
    const messages = []
    start(at('from/'), at('to')).on('message', message => messages.push(message)).on('error', reject).on('exit', () => resolve(messages))
  })
  assert.equal(report.filesTransferred, 34)
  assert.ok(events >= 34)
  assert.equal(await difference(at('from'), at('to')), '')

  const random = sequence(3)
  for (let i = 0; i < 6; i += 1) {
    const options = { ignoreTimes: true, ...(i % 2 === 0 ? { rsh: ssh } : {}) }
    const worker = start(at('from/'), i % 2 === 0 ? `localhost:${at('to')}` : at('to'), options)
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await pause(random(60))
    await worker.terminate()
  }
  await settled(before)
  assert.deepEqual((await readdir(at('to'))).filter(name => name.startsWith('.')), [])
})

test('the process ends by itself when a transfer is done, and takes one along that is not', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const done = await elsewhere(`
    const report = await syncline.sync('from/', 'to', { archive: true, onProgress() {} })
    console.log(report.filesTransferred)`, { at })
  assert.equal(done, '4\n')
  await mkdir(at('endless'))
  await writeFile(at('endless/file'), '')
  await truncate(at('endless/file'), 2 ** 42)
  await elsewhere(`
    syncline.sync('endless/', 'unfinished', { archive: true })
    setTimeout(() => process.exit(), 300)`, { at })
  assert.deepEqual(await readdir(at('unfinished')), [])
})
