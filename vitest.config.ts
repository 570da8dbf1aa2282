import { defineConfig } from 'vitest/config'

/**
 * One stage of `npm test` a run (REHOME_STAGE), since they differ in what they need and how long they may take.
 * Without a stage: the unit tests, fixtures, goldens and the contract.
 */
const apart = ['agreement', 'truth', 'fuzz', 'live', 'e2e', 'bench']
const stage = process.env.REHOME_STAGE ?? 'unit'

export default defineConfig({
  test: {
    include: apart.includes(stage) ? [`test/${stage}/**/*.test.ts`] : ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['node_modules/**', ...(apart.includes(stage) ? [] : apart.map((name) => `test/${name}/**`))],
    testTimeout: stage === 'unit' ? 30_000 : 600_000,
    hookTimeout: 120_000,
    // Two cores: stages that measure or drive a browser run their files one after the other.
    fileParallelism: stage === 'unit',
    passWithNoTests: false,
  },
})
