/** Electron's preload: one CommonJS file without imports, as a sandboxed preload must be. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: at('.'),
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: true, external: ['electron'], target: 'node' },
  build: {
    ssr: at('main/hosts/electron/preload.ts'),
    target: 'node20',
    minify: false,
    sourcemap: false,
    emptyOutDir: false,
    reportCompressedSize: false,
    rolldownOptions: {
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: 'preload/preload.cjs', codeSplitting: false },
    },
  },
})
