import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['data/', 'models/', '.venv/', 'scripts/checks/reporter.cjs', 'eslint.config.mjs'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // a function may be async because its interface says so
    rules: { '@typescript-eslint/require-await': 'off' },
  },
  {
    // tslab compiles lib without strict, where other types are inferred and more assertions are needed
    rules: { '@typescript-eslint/no-unnecessary-type-assertion': 'off' },
  },
  {
    // plain JavaScript, typed by its comments: what JSON.parse gives is any there
    files: ['**/*.mjs'],
    languageOptions: { parserOptions: { projectService: false, project: 'scripts/tsconfig.json' } },
    rules: {
      'no-undef': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
);
