/** Checks the allowed imports between rooms (.dependency-cruiser.cjs). Exit 1 with one line a violation. */
import { createRequire } from 'node:module'
import { cruise } from 'dependency-cruiser'

const require = createRequire(import.meta.url)
const config = require('../.dependency-cruiser.cjs')
const rooms = ['main', 'renderer', 'dissectors', 'shared']
const { output } = await cruise(rooms, { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true })
const { violations, totalCruised, totalDependenciesCruised } = output.summary
for (const v of violations) process.stdout.write(`${v.rule.name}: ${v.from} -> ${v.to}\n`)
process.stdout.write(`layers: ${totalCruised} modules, ${totalDependenciesCruised} imports, ${violations.length} violations\n`)
// A tool that saw nothing has checked nothing.
process.exitCode = violations.length > 0 || totalDependenciesCruised < 50 ? 1 : 0
