// Command lines for a shell, and running them. In: words. Out: a child process.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The value of an option: the shell takes it as it is. */
export function quoted(value: string): string {
  return `"${value.replace(/["$`\\]/g, '\\$&')}"`
}

/** A path, in which the shell expands wildcards, braces and a `~` at its start, and takes everything else as it is. */
export function escaped(path: string): string {
  // What is escaped already stays so.
  return path.replace(/\\[\s\S]|[^\w@%+=:,./~*?[\]{}!^\\-]/g, found => (found.startsWith('\\') ? found : `\\${found}`))
}

/** How a command line is run. */
export interface Running {
  /** `rsync` is this package's engine, whether or not there is such a program; anything else is a program. */
  executable: string
  /** The shell that expands wildcards. */
  shell: string
  cwd: string
  env: NodeJS.ProcessEnv
  onStdout?: ((data: Buffer) => void) | undefined
  onStderr?: ((data: Buffer) => void) | undefined
}

/**
 * Runs `args`, escaped words, and calls `done` with what went wrong or `null`, and with the exit status, once all output has come.
 *
 * The child takes the shell's place, so that its `pid` is the one that works and `kill` reaches it; asked to end, it takes with it what it started.
 */
export function run(
  args: readonly string[],
  { executable, shell, cwd, env, onStdout, onStderr }: Running,
  done: (error: Error | null, code: number | null) => void,
): ChildProcess {
  const engine = [process.execPath, fileURLToPath(new URL('./rsync.js', import.meta.url))].map(quoted).join(' ')
  const program = executable === 'rsync' ? engine : executable
  const child = spawn(shell, ['-c', `exec ${[program, ...args].join(' ')}`], { cwd, env, stdio: ['inherit', 'pipe', 'pipe'] })
  child.stdout.on('data', data => onStdout?.(data))
  child.stderr.on('data', data => onStderr?.(data))
  let ended = false
  const end = (error: Error | null, code: number | null): void => {
    if (!ended) done(error, code)
    ended = true
  }
  child.on('error', error => end(error, null))
  child.on('close', (code, signal) => {
    if (code === 0) return end(null, code)
    const error = new Error(signal === null ? `rsync exited with code ${code}` : `rsync was ended by ${signal}`)
    end(Object.assign(error, { code: code ?? signal }), code)
  })
  return child
}
