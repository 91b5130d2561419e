#!/usr/bin/env node
// The command `syncline`, as npm installs it.
import { main } from './program.js'

await main('syncline')
