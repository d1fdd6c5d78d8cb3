// Builds the console into dist/. Two demands shape it: the server's Content-Security-Policy allows nothing inline and
// nothing foreign (so no data: addresses and no inline script), and the first load stays within 250 kB (so every page
// is its own chunk; `npm run size` checks).
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { mockServer, realApi } from './dev/mock.ts';

export default defineConfig(() => ({
  plugins: [react(), mockServer()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: realApi },
  preview: { proxy: realApi, port: 4173, strictPort: true, host: '127.0.0.1' },
  test: { include: ['src/**/*.test.ts'] },
}));
