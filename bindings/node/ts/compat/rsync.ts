// The command under the name `rsync`: what the shims run instead of a program that may be missing.
import { main } from '../program.js'

await main('rsync')
