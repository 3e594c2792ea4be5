import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The most JavaScript that a browser fetches before the studio can be used, compressed; a build that needs more fails. */
const FirstScriptBytes = 250_000;

/** Lays the brotli and gzip forms beside every text, so that the host compresses nothing while it serves. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const dist = join(import.meta.dirname, 'dist');
      const sizes = new Map<string, number>();
      for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg|json)$/.test(name)) continue;
        const content = readFileSync(join(dist, name));
        const small = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
        writeFileSync(join(dist, `${name}.br`), small);
        writeFileSync(join(dist, `${name}.gz`), gzipSync(content, { level: 9 }));
        sizes.set(name.replaceAll('\\', '/'), small.length);
      }
      const first = [...readFileSync(join(dist, 'index.html'), 'utf8').matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map(match => match[1] ?? '');
      const bytes = first.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
      if (bytes > FirstScriptBytes)
        throw new Error(`JavaScript before first use is ${bytes} bytes compressed; ${FirstScriptBytes} is the most: ${first.join(', ')}`);
      console.log(`JavaScript before first use: ${Math.round(bytes / 1000)} kB compressed, of at most ${FirstScriptBytes / 1000}.`);
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: 'es2023', assetsInlineLimit: 0, chunkSizeWarningLimit: 4000, reportCompressedSize: false },
  server: {
    // `npm run dev` beside a service that ./run has started; the guides of docs/ are part of the studio.
    fs: { allow: ['..'] },
    proxy: Object.fromEntries(['/api', '/designer', '/elsa', '/openapi'].map(path => [path, 'http://127.0.0.1:8080']).concat([['/hubs', 'ws://127.0.0.1:8080']])
      .map(([path, target]) => [path, { target, ws: true }])),
  },
});
