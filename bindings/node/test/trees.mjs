// Directories to transfer.
import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** A small tree: four files, three directories with the top, and a link. */
export async function tree(top) {
  await mkdir(join(top, 'sub/deep'), { recursive: true })
  for (const [name, word] of [['a', 'a'], ['sub/b', 'b'], ['sub/c.o', 'c'], ['sub/deep/d', 'd']]) {
    await writeFile(join(top, name), `content of ${word}\n`)
  }
  await symlink('a', join(top, 'link'))
}

/** What stock rsync finds to do to make `to` like `from`; nothing, if they are the same. */
export async function difference(from, to) {
  const { stdout } = await execute('rsync', ['-aHcni', '--delete', `${from}/`, `${to}/`])
  return stdout
}
