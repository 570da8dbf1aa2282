/** The screens: a page with relative paths, so that it loads from app:// as well as from the loopback host. */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: at('renderer'),
  base: './',
  logLevel: 'warn',
  plugins: [react()],
  build: {
    outDir: at('dist/renderer'),
    target: 'chrome120',
    sourcemap: false,
    emptyOutDir: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    // inlined assets would need data: in the content security policy
    assetsInlineLimit: 0,
  },
})
