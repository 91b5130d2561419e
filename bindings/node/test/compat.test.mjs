// The shims for npm's `rsync` and `rsyncwrapper`, by the examples of their documentation.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { folder } from './data.mjs'
import { difference, tree } from './trees.mjs'

const require = createRequire(import.meta.url)
const Rsync = require('syncline/compat/node-rsync')
const rsyncwrapper = require('syncline/compat/rsyncwrapper')
const execute = promisify(execFile)
const ssh = process.env.SYNCLINE_TEST_SSH

/** What a call of `execute` calls back with. */
const executed = command =>
  new Promise(resolve => command.execute((error, code, cmd) => resolve({ error, code, cmd })))
/** What a call of rsyncwrapper calls back with. */
const wrapped = options =>
  new Promise(resolve => rsyncwrapper(options, (error, stdout, stderr, cmd) => resolve({ error, stdout, stderr, cmd })))

test('import and require give the class and the function', async () => {
  assert.equal((await import('syncline/compat/node-rsync')).default, Rsync)
  assert.equal((await import('syncline/compat/rsyncwrapper')).default, rsyncwrapper)
})

test('rsync: the command line of the documentation', () => {
  const rsync = new Rsync().shell('ssh').flags('az').source('/p/t/source').destination('server:/p/t/dest')
  assert.equal(rsync.command(), 'rsync -az --rsh="ssh" /p/t/source server:/p/t/dest')
  assert.deepEqual(rsync.args(), ['-az', '--rsh="ssh"', '/p/t/source', 'server:/p/t/dest'])
})

test('rsync: set, unset, isSet, option', () => {
  const rsync = new Rsync().set('a').set('progress').set('list-only').set('--exclude-from', '/path/to/exclude-file').set('quiet')
  assert.deepEqual(rsync.args(), ['-a', '--progress', '--list-only', '--exclude-from="/path/to/exclude-file"', '--quiet'])
  rsync.unset('progress').unset('--list-only')
  assert.deepEqual([rsync.isSet('quiet'), rsync.isSet('q'), rsync.isSet('progress')], [true, false, false])
  assert.equal(rsync.shell('ssh').option('rsh'), 'ssh')
  assert.equal(rsync.set('progress').option('progress'), null)
  assert.equal(rsync.set('rsh', 'rsh').option('rsh'), 'rsh')
})

test('rsync: flags in every form', () => {
  for (const [set, letters] of [
    [rsync => rsync.flags('avz'), '-avz'],
    [rsync => rsync.flags('a', 'v', 'z'), '-avz'],
    [rsync => rsync.flags(['a', 'v', 'z']), '-avz'],
    [rsync => rsync.flags('avz').flags('vz', false), '-a'],
    [rsync => rsync.flags('avz').flags('a', 'z', false), '-v'],
    [rsync => rsync.flags('avz').flags(['a', 'z'], false), '-v'],
    [rsync => rsync.flags('v').flags({ a: true, z: true, v: false }), '-az'],
  ]) {
    assert.deepEqual(set(new Rsync()).args(), [letters])
  }
})

test('rsync: shorthands', () => {
  const rsync = new Rsync()
  for (const [name, word] of [
    ['delete', '--delete'], ['progress', '--progress'], ['archive', '-a'], ['compress', '-z'], ['recursive', '-r'], ['update', '-u'],
    ['quiet', '-q'], ['dirs', '-d'], ['links', '-l'], ['dry', '-n'], ['hardLinks', '-H'], ['perms', '-p'], ['executability', '-E'],
    ['owner', '-o'], ['group', '-g'], ['acls', '-A'], ['xattrs', '-X'], ['devices', '--devices'], ['specials', '--specials'], ['times', '-t'],
  ]) {
    assert.deepEqual(new Rsync()[name]().args(), [word], name)
    assert.equal(rsync[name](), rsync, `${name} can be chained`)
  }
  assert.deepEqual(new Rsync().chmod('ug=rwx').chmod('o=rx').args(), ['--chmod="ug=rwx"', '--chmod="o=rx"'])
})

test('rsync: sources, patterns and accessors', () => {
  assert.deepEqual(new Rsync().source('/a/path').source('/b/path').source(), ['/a/path', '/b/path'])
  assert.deepEqual(new Rsync().source(['/a/path', '/b/path']).source(), ['/a/path', '/b/path'])
  const rules = ['--exclude=".git"', '--include="/some_dir"']
  assert.deepEqual(new Rsync().patterns(['-.git', { action: '+', pattern: '/some_dir' }]).args(), rules)
  assert.deepEqual(new Rsync().exclude('.git').include('/some_dir').args(), rules)
  assert.deepEqual(new Rsync().exclude(['.git', '.DS_Store']).args(), ['--exclude=".git"', '--exclude=".DS_Store"'])
  assert.throws(() => new Rsync().patterns(['.git']), /needs a sign/)
  assert.equal(new Rsync().cwd('/x').cwd(), '/x')
  assert.equal(new Rsync().env(), process.env)
  assert.equal(new Rsync().executable(), 'rsync')
  assert.equal(new Rsync().executableShell(), '/bin/sh')
  assert.equal(new Rsync().debug(true).debug(), true)
})

test('rsync: build', () => {
  const rsync = Rsync.build({
    source: '/path/to/source',
    destination: 'server:/path/to/destination',
    exclude: ['.git'],
    flags: 'avz',
    shell: 'ssh',
    unknown: 1,
  })
  assert.equal(rsync.command(), 'rsync -avz --rsh="ssh" --exclude=".git" /path/to/source server:/path/to/destination')
})

test('rsync: execute copies, tells its output, and needs no rsync', async t => {
  const at = await folder(t)
  await tree(at('from'))
  await mkdir(at('nowhere'))
  const output = []
  const rsync = new Rsync().flags('av').exclude('*.o').source('from/').destination('to').cwd(at()).env({ PATH: at('nowhere') })
  rsync.output(data => output.push(data))
  const { error, code, cmd } = await executed(rsync)
  assert.deepEqual([error, code, cmd], [null, 0, 'rsync -av --exclude="*.o" from/ to'])
  assert.match(Buffer.concat(output).toString(), /^sending incremental file list\n[^]*^sub\/b$[^]*^total size is \d+/m)
  assert.deepEqual(await readdir(at('to/sub')), ['b', 'deep'])
})

test('rsync: over ssh, names with spaces, dollar signs and quotes, and wildcards', async t => {
  const at = await folder(t)
  await mkdir(at('from $HOME'))
  for (const name of [`it's "1".foo`, '2.foo', '3.bar']) await writeFile(at(`from $HOME/${name}`), name)
  const rsync = new Rsync().shell(ssh).flags('a').source(`${at('from $HOME')}/*.foo`).destination(`localhost:${at('to')}/`)
  const { error } = await executed(rsync)
  assert.equal(error, null)
  assert.deepEqual(await readdir(at('to')), ['2.foo', `it's "1".foo`])
})

test('rsync: errors have the exit code, and what was said', async t => {
  const at = await folder(t)
  const said = []
  const rsync = new Rsync().flags('a').source(at('missing')).destination(at('to')).output([undefined, data => said.push(data)])
  const { error, code } = await executed(rsync)
  assert.deepEqual([error.message, error.code, code], ['rsync exited with code 23', 23, 23])
  assert.match(Buffer.concat(said).toString(), /missing" failed: No such file or directory/)
  const other = await executed(new Rsync().executable('/no/such/rsync').source('a').destination('b'))
  assert.equal(other.code, 127)
})

test('rsync: kill ends it, and what it started', async t => {
  const at = await folder(t)
  await mkdir(at('from'))
  await writeFile(at('from/large'), '')
  await truncate(at('from/large'), 2 ** 42)
  for (const to of [at('to'), `localhost:${at('to')}`]) {
    const command = new Rsync().shell(ssh).flags('a').source(at('from/')).destination(to)
    const ended = new Promise(resolve => {
      const child = command.execute((error, code) => resolve({ error, code }))
      assert.ok(child.pid > 0)
      setTimeout(() => child.kill(), 500)
    })
    const { error, code } = await ended
    assert.equal(code, 20)
    assert.equal(error.code, 20)
    // The other end of ssh needs a moment to see it.
    const left = async () => (await execute('ps', ['-eo', 'args'])).stdout.split('\n').filter(line => line.includes(at('to')))
    for (let tries = 0; tries < 200 && (await left()).length > 0; tries += 1) await pause(50)
    assert.deepEqual(await left(), [])
  }
})

test('rsyncwrapper: a single file goes to another name', async t => {
  const at = await folder(t)
  await writeFile(at('file.txt'), 'content')
  await mkdir(at('tmp'))
  const { error, cmd } = await wrapped({ src: at('file.txt'), dest: at('tmp/file.txt') })
  assert.equal(error, null)
  assert.equal(await readFile(at('tmp/file.txt'), 'utf8'), 'content')
  assert.match(cmd, /^rsync \S+file\.txt \S+tmp\/file\.txt$/)
})

test('rsyncwrapper: the contents of a directory, but for txt files', async t => {
  const at = await folder(t)
  await tree(at('src-folder'))
  await writeFile(at('src-folder/a.txt'), '')
  const { error } = await wrapped({ src: at('src-folder/'), dest: at('dest-folder'), recursive: true, exclude: ['*.txt'] })
  assert.equal(error, null)
  assert.deepEqual((await readdir(at('dest-folder'))).sort(), ['a', 'sub'])
})

test('rsyncwrapper: a directory on a remote host is synchronised, and what is superfluous deleted', async t => {
  const at = await folder(t)
  await tree(at('local-src'))
  await mkdir(at('remote-dest'))
  await writeFile(at('remote-dest/superfluous'), '')
  await writeFile(at('remote-dest/excluded.log'), '')
  // As the test's configuration of ssh says; the option of this name is for such things.
  const sshCmdArgs = ssh.split(' ').slice(1)
  const all = { src: at('local-src/'), dest: `localhost:${at('remote-dest')}`, ssh: true, sshCmdArgs, recursive: true, exclude: ['*.log'] }
  assert.equal((await wrapped({ ...all, delete: true })).error, null)
  assert.deepEqual((await readdir(at('remote-dest'))).sort(), ['a', 'excluded.log', 'sub'])
  assert.equal((await wrapped({ ...all, deleteAll: true, args: ['--links', '--times'] })).error, null)
  assert.equal(await difference(at('local-src'), at('remote-dest')), '')
})

test('rsyncwrapper: every option has its place in the command line', async t => {
  const at = await folder(t)
  const { cmd, error } = await wrapped({
    src: ['./dir-a/file1', './dir b/file2'],
    dest: '/no/such/place',
    ssh: true,
    port: '1234',
    privateKey: '~/.ssh/aws.pem',
    sshCmdArgs: ['-o StrictHostKeyChecking=no'],
    deleteAll: true,
    compareMode: 'checksum',
    excludeFirst: ['first'],
    include: ['some'],
    exclude: ['*'],
    dryRun: true,
    times: true,
    args: ['--stats'],
  })
  assert.equal(
    cmd,
    'rsync ./dir-a/file1 ./dir\\ b/file2 /no/such/place ' +
      '--rsh="ssh -p 1234 -i ~/.ssh/aws.pem -o StrictHostKeyChecking=no" --times --delete --delete-excluded --dry-run --verbose --checksum ' +
      '--exclude="first" --include="some" --exclude="*" --stats',
  )
  assert.notEqual(error, null)
  assert.match((await wrapped({ src: 'a', dest: 'b', compareMode: 'sizeOnly' })).cmd, /--size-only$/)
  assert.match((await wrapped({ dest: at('x') })).error.message, /'src' is required/)
  assert.match((await wrapped({ src: at('x') })).error.message, /'dest' is required/)
})

test('rsyncwrapper: wildcards, output as it comes, and errors', async t => {
  const at = await folder(t)
  for (const name of ['1.foo', '2.foo', '3.bar']) await writeFile(at(name), '')
  const pieces = []
  const { error, stdout } = await wrapped({
    src: at('*.foo'), dest: at('to/'), dryRun: true, onStdout: data => pieces.push(data),
  })
  assert.equal(error, null)
  assert.equal(Buffer.concat(pieces).toString(), stdout)
  assert.match(stdout, /^1\.foo\n2\.foo$/m)
  const failed = await wrapped({ src: at('missing'), dest: at('to') })
  assert.deepEqual([failed.error.code, failed.error.message], [23, 'rsync exited with code 23'])
  assert.match(failed.stderr, /missing" failed: No such file or directory/)
})

test('the package has a command', async t => {
  const at = await folder(t)
  await tree(at('from'))
  const command = fileURLToPath(new URL('../dist/command.js', import.meta.url))
  await execute(process.execPath, [command, '-a', at('from/'), at('to')])
  assert.equal(await difference(at('from'), at('to')), '')
  await assert.rejects(execute(process.execPath, [command, '--no-such-option']), { code: 1 })
})
