// A process that is the command. In: its arguments and standard streams. Out: an exit status.
import { Buffer } from 'node:buffer'

import { called, native, unwrap } from './native.js'

/** Runs this process's command line as the program called `program`. The first signal that asks it to end has it clean up first. */
export async function main(program: string): Promise<void> {
  const control = new native.Control()
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.once(signal, () => control.cancel())
  const words = process.argv.slice(2).map(word => Buffer.from(word))
  const { exitStatus } = unwrap(await called(() => native.command(control, program, words, process.umask())))
  process.exitCode = exitStatus
}
