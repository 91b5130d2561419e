/**
 * The interface of the npm package `rsync` (0.6), over this package's engine: change the import, and no rsync needs to be installed.
 *
 * A command line is built and run as there, in a child process, through a shell that expands wildcards. `executable` is `rsync` unless set, and that
 * is the engine; set to anything else it is the program of that name.
 */
import type { ChildProcess } from 'node:child_process'

import { escaped, quoted, run } from './shell.js'

/** Gets output as it comes. */
export type OutputHandler = (data: Buffer) => void
/** A pattern with its sign: `'-.git'`, or `{ action: '-', pattern: '.git' }`. */
export type Pattern = string | { action: '+' | '-' | string; pattern: string }
/** Called at the end: with an error or `null`, the exit status, and the command line. */
export type Callback = (error: Error | null, code: number | null, cmd: string) => void

/** What {@link Rsync.build} takes: for each key, the argument of the method of that name. */
export type BuildOptions = Record<string, unknown>

const stripped = (option: string): string => option.replace(/^-+/, '')

/** Builds a command line, and runs it. */
export class Rsync {
  #options = new Map<string, string | string[] | null>()
  #patterns: { action: string; pattern: string }[] = []
  #sources: string[] = []
  #destination = ''
  #executable = 'rsync'
  #shell = '/bin/sh'
  #cwd = process.cwd()
  #env: NodeJS.ProcessEnv = process.env
  #debug = false
  #handlers: readonly (OutputHandler | undefined)[] = []

  /** An instance on which the method of each key of `options` was called with its value. */
  static build(options: BuildOptions, command: Rsync = new Rsync()): Rsync {
    for (const [name, value] of Object.entries(options)) {
      const method: unknown = (command as unknown as Record<string, unknown>)[name]
      if (typeof method === 'function' && name !== 'constructor') method.call(command, value)
    }
    return command
  }

  /** Sets an option, with a value if it takes one. Dashes in front do not matter; what was set before is replaced. */
  set(option: string, value?: string | number | readonly string[] | null): this {
    const name = stripped(option)
    if (name !== '') this.#options.set(name, value === undefined || value === null ? null : Array.isArray(value) ? [...value] : String(value))
    return this
  }

  unset(option: string): this {
    this.#options.delete(stripped(option))
    return this
  }

  /** Sets or unsets letters: as one string or several, an array, or an object of booleans; a last argument of `false` unsets. */
  flags(...flags: (string | boolean | readonly string[] | Record<string, boolean>)[]): this {
    const last = flags.at(-1)
    const on = typeof last === 'boolean' ? last : true
    for (const flag of flags) {
      if (typeof flag === 'boolean') continue
      if (typeof flag === 'object' && !Array.isArray(flag)) {
        for (const [letters, set] of Object.entries(flag)) this.#letters(letters, set)
      } else {
        for (const letters of [flag].flat() as string[]) this.#letters(letters, on)
      }
    }
    return this
  }

  #letters(letters: string, on: boolean): void {
    for (const letter of stripped(letters)) {
      if (on) this.set(letter)
      else this.unset(letter)
    }
  }

  /** Whether an option was set, under this name. */
  isSet(option: string): boolean {
    return this.#options.has(stripped(option))
  }

  /** The value of an option; `null` if it is set and has none. */
  option(option: string): string | string[] | null | undefined {
    return this.#options.get(stripped(option))
  }

  /** The words behind the program's name, escaped for a shell. */
  args(): string[] {
    const letters: string[] = []
    const valued: string[] = []
    const long: string[] = []
    for (const [name, value] of this.#options) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (name.length === 1) {
          if (one === null) letters.push(name)
          else valued.push(`-${name}`, quoted(one))
        } else {
          long.push(one === null ? `--${name}` : `--${name}=${quoted(one)}`)
        }
      }
    }
    const rules = this.#patterns.map(({ action, pattern }) => `--${action === '-' ? 'exclude' : 'include'}=${quoted(pattern)}`)
    const paths = [...this.#sources, ...(this.#destination === '' ? [] : [this.#destination])].map(escaped)
    return [...(letters.length > 0 ? [`-${letters.join('')}`] : []), ...valued, ...long, ...rules, ...paths]
  }

  /** The whole command line. */
  command(): string {
    return [this.#executable, ...this.args()].join(' ')
  }

  toString(): string {
    return this.command()
  }

  /** Sets who gets the output of the command as it comes. */
  output(stdout?: OutputHandler | [OutputHandler?, OutputHandler?], stderr?: OutputHandler): this {
    this.#handlers = Array.isArray(stdout) ? stdout : [stdout, stderr]
    return this
  }

  /** Runs the command. The child process can be asked to end with `kill`. */
  execute(callback?: Callback, stdout?: OutputHandler, stderr?: OutputHandler): ChildProcess {
    if (stdout !== undefined || stderr !== undefined) this.#handlers = [stdout, stderr]
    const [onStdout, onStderr] = this.#handlers
    const command = this.command()
    if (this.#debug) console.error(command)
    return run(
      this.args(),
      { executable: this.#executable, shell: this.#shell, cwd: this.#cwd, env: this.#env, onStdout, onStderr },
      (error, code) => callback?.(error, code, command),
    )
  }

  /** The directory that the command runs in. */
  cwd(): string
  cwd(path: string): this
  cwd(path?: string): string | this {
    if (path === undefined) return this.#cwd
    this.#cwd = path
    return this
  }

  /** The environment that the command runs in. */
  env(): NodeJS.ProcessEnv
  env(env: NodeJS.ProcessEnv): this
  env(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv | this {
    if (env === undefined) return this.#env
    this.#env = env
    return this
  }

  /** The program; `rsync` is the engine of this package. */
  executable(): string
  executable(executable: string): this
  executable(executable?: string): string | this {
    if (executable === undefined) return this.#executable
    this.#executable = executable
    return this
  }

  /** The shell that starts it. */
  executableShell(): string
  executableShell(shell: string): this
  executableShell(shell?: string): string | this {
    if (shell === undefined) return this.#shell
    this.#shell = shell
    return this
  }

  /** Whether command lines are written to standard error before they are run. */
  debug(): boolean
  debug(debug: boolean): this
  debug(debug?: boolean): boolean | this {
    if (debug === undefined) return this.#debug
    this.#debug = debug
    return this
  }

  destination(): string
  destination(destination: string): this
  destination(destination?: string): string | this {
    if (destination === undefined) return this.#destination
    this.#destination = destination
    return this
  }

  /** The sources; what is given is added to them. */
  source(): string[]
  source(source: string | readonly string[]): this
  source(source?: string | readonly string[]): string[] | this {
    if (source === undefined) return this.#sources
    this.#sources.push(...[source].flat() as string[])
    return this
  }

  /** The patterns, in order; what is given is added to them. */
  patterns(): Pattern[]
  patterns(patterns: Pattern | readonly Pattern[]): this
  patterns(patterns?: Pattern | readonly Pattern[]): Pattern[] | this {
    if (patterns === undefined) return this.#patterns
    for (const pattern of [patterns].flat() as Pattern[]) {
      const { action, pattern: text } =
        typeof pattern === 'string' ? { action: pattern.slice(0, 1), pattern: pattern.slice(1) } : pattern
      if (action !== '+' && action !== '-') throw new Error(`a pattern needs a sign, + or -: ${JSON.stringify(pattern)}`)
      this.#patterns.push({ action, pattern: text })
    }
    return this
  }

  exclude(pattern: string | readonly string[]): this {
    return this.patterns(([pattern].flat() as string[]).map(one => ({ action: '-', pattern: one })))
  }

  include(pattern: string | readonly string[]): this {
    return this.patterns(([pattern].flat() as string[]).map(one => ({ action: '+', pattern: one })))
  }

  // The short ways to options. An argument of `false` unsets.
  shell(value: string): this { return this.set('rsh', value) }
  chmod(value: string | readonly string[]): this { return this.set('chmod', [this.option('chmod') ?? [], value].flat() as string[]) }
  delete(on = true): this { return this.#switch('delete', on) }
  progress(on = true): this { return this.#switch('progress', on) }
  archive(on = true): this { return this.#switch('a', on) }
  compress(on = true): this { return this.#switch('z', on) }
  recursive(on = true): this { return this.#switch('r', on) }
  update(on = true): this { return this.#switch('u', on) }
  quiet(on = true): this { return this.#switch('q', on) }
  dirs(on = true): this { return this.#switch('d', on) }
  links(on = true): this { return this.#switch('l', on) }
  dry(on = true): this { return this.#switch('n', on) }
  hardLinks(on = true): this { return this.#switch('H', on) }
  perms(on = true): this { return this.#switch('p', on) }
  executability(on = true): this { return this.#switch('E', on) }
  owner(on = true): this { return this.#switch('o', on) }
  group(on = true): this { return this.#switch('g', on) }
  acls(on = true): this { return this.#switch('A', on) }
  xattrs(on = true): this { return this.#switch('X', on) }
  devices(on = true): this { return this.#switch('devices', on) }
  specials(on = true): this { return this.#switch('specials', on) }
  times(on = true): this { return this.#switch('t', on) }

  #switch(option: string, on: boolean): this {
    return on ? this.set(option) : this.unset(option)
  }
}

export default Rsync
// What `require` gives.
export { Rsync as 'module.exports' }
