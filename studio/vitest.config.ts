import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  server: { fs: { allow: ['..'] } },
  test: { environment: 'jsdom', setupFiles: ['src/testing.ts'], css: false, testTimeout: 30_000 },
});
