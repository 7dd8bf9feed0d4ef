import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  // It may be served below any path.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/explorer',
    emptyOutDir: true,
    // Inlined, they would need an exception of the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Of what is built in.
    license: { fileName: 'LICENSES.md' },
  },
})
