import { defineConfig } from 'vite';

export default defineConfig({
  // Relative, because the page is served under a path and not at the root.
  base: './',
  build: {
    target: 'es2022',
    // The notices of everything bundled, next to what they are about.
    license: { fileName: 'licenses.md' },
    // Monaco is large, and comes out of the binary that serves the page.
    chunkSizeWarningLimit: 2500,
    // GraphiQL's modules carry hints for a compiler that does not run here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
