import { existsSync, readdirSync } from 'node:fs';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

const features = existsSync('src/features') ? readdirSync('src/features') : [];

export default ts.config(
  { ignores: ['dist', 'public', 'node_modules', 'src/api/schema.d.ts', '*.config.*'] },
  ...ts.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX, 'react-hooks': hooks },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.d.ts', '.js', '.json'] })] },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      // A floating promise is an error that nobody sees; `void` says that it handles its own.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-confusing-void-expression': 'off', // `onClick={() => close()}` is how handlers are written
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // an answer of the API has the type that its caller names
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // The arrows of the studio: app -> features -> components, api, text; a feature knows no other.
      'import-x/no-restricted-paths': ['error', {
        zones: [
          ...features.map(name => ({ target: `./src/features/${name}`, from: './src/features', except: [`./${name}`], message: 'Features never import each other.' })),
          { target: './src/features', from: './src/app', message: 'A feature is put into the application, not the other way round.' },
          { target: ['./src/components', './src/api', './src/text'], from: ['./src/app', './src/features'], message: 'What all features share knows none of them.' },
          { target: './src/api', from: './src/components', message: 'The API is below what shows it.' },
          { target: './src/text', from: ['./src/components', './src/api'], message: 'The texts are below what uses them.' },
        ],
      }],
    },
  },
);
