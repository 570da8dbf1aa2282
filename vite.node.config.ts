/**
 * Everything that runs in Node, in one build that shares chunks: CLI, engine worker, browser host, Electron's main process.
 * Packages are bundled, so that the CLI starts without resolving modules; what is loaded lazily stays a chunk of its own.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
/** output name (under the output folder) and source of each entry */
export const entries: Record<string, string> = {
  'cli/rehome': 'main/hosts/cli/main.ts',
  'main/engine-worker': 'main/engine/worker.ts',
  'main/capture-worker': 'main/capture/worker.ts',
  'main/capture-process': 'main/capture/process-entry.ts',
  'main/cap-helper': 'main/capture/cap-helper.ts',
  'main/browser-host': 'main/hosts/browser/serve.ts',
  'main/electron': 'main/hosts/electron/entry.ts',
}

export default defineConfig({
  root: at('.'),
  logLevel: 'warn',
  publicDir: false,
  // const enums of other files become their numbers: the index pass compares them per packet
  oxc: { typescript: { optimizeConstEnums: true } },
  ssr: { noExternal: true, external: ['electron', 'cap'], target: 'node' },
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    sourcemap: false,
    emptyOutDir: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(entries).flatMap(([name, path]) => (existsSync(at(path)) ? [[name, at(path)]] : []))),
      external: ['electron', 'cap'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
})
