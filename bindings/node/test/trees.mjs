// Directories to transfer.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A small tree: four files, three directories with the top, and a link. */
export async function tree(top) {
  await mkdir(join(top, 'sub/deep'), { recursive: true })
  for (const [name, word] of [['a', 'a'], ['sub/b', 'b'], ['sub/c.o', 'c'], ['sub/deep/d', 'd']]) {
    await writeFile(join(top, name), `content of ${word}\n`)
  }
  await symlink('a', join(top, 'link'))
}
