import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * One stage of `npm test` a run (REHOME_STAGE), since they differ in what they need and how long they may take.
 * Without a stage: the unit tests, fixtures, goldens and the contract.
 */
const apart = ['agreement', 'truth', 'fuzz', 'live', 'e2e', 'bench']
const stage = process.env.REHOME_STAGE ?? 'unit'
const TESTS = ['test/**/*.test.ts', 'test/**/*.test.tsx']
const EXCLUDED = ['node_modules/**', ...apart.map((name) => `test/${name}/**`)]

/**
 * Unit tests share the modules of their worker: loading dissectors and analysis anew for each of 160 files took longer than the tests.
 * These have a process each, since they change what all would share (protocols of their own, the environment) or look at all of it.
 */
const ALONE = [
  'test/contract/live.test.ts',
  'test/dissectors/core/core.test.ts',
  'test/dissectors/udp/udp.test.ts',
  'test/main/export/protocol-pages.test.ts',
]
/** What takes longest, so that no worker is left with it at the end. */
const LONG = ['test/main/hosts/cli/cli.test.ts', 'test/contract/contract.test.ts', 'test/main/capture/', 'test/main/engine/']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      if (project.name === 'alone') return -1
      const at = LONG.findIndex((path) => moduleId.includes(path))
      return at < 0 ? LONG.length : at
    }
    // a stable sort: among equals the order that Vitest would take
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test:
    stage === 'unit'
      ? {
          projects: [
            { extends: true, test: { name: 'unit', include: TESTS, exclude: [...EXCLUDED, ...ALONE], isolate: false } },
            { extends: true, test: { name: 'alone', include: ALONE, exclude: EXCLUDED } },
          ],
          sequence: { sequencer: LongestFirst },
          // Vitest would leave a core to itself, which is half of two.
          maxWorkers: availableParallelism(),
          // on a machine that is busy with other things, too
          testTimeout: 60_000,
          hookTimeout: 120_000,
          passWithNoTests: false,
        }
      : {
          include: [`test/${stage}/**/*.test.ts`],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          // Stages that measure run their files one after the other; what drives a browser mostly waits for it.
          fileParallelism: stage === 'e2e',
          maxWorkers: 2,
          passWithNoTests: false,
        },
})
