// Builds the native module with cargo and puts it beside the package, as syncline.node.
import { spawnSync } from 'node:child_process'
import { copyFileSync, renameSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const built = spawnSync(
  'cargo',
  ['build', '--release', '--package', 'syncline-node', '--message-format', 'json-render-diagnostics'],
  { cwd: here, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 },
)
if (built.error) {
  console.error(`cannot run cargo: ${built.error.message}\nBuilding syncline needs Rust: https://rustup.rs`)
  process.exit(1)
}
if (built.status !== 0) process.exit(built.status ?? 1)

const library = built.stdout
  .split('\n')
  .filter(line => line.startsWith('{'))
  .map(line => JSON.parse(line))
  .filter(message => message.reason === 'compiler-artifact' && message.target.name === 'syncline_node')
  .flatMap(message => message.filenames)
  .find(name => /\.(so|dylib)$/.test(name))
if (library === undefined) throw new Error('cargo did not say where the module is')

// Renamed into place, so that a process that has the old one loaded keeps it.
const place = `${here}syncline.node`
copyFileSync(library, `${place}.new.node`)
// Three quarters of it are line tables, which nobody needs who installs the package; without `strip` they stay.
spawnSync('strip', ['-S', `${place}.new.node`], { stdio: 'ignore' })
renameSync(`${place}.new.node`, place)
