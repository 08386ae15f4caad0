import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  {
    ignores: [
      'data/',
      'dist/',
      'docs/api/',
      'models/',
      '.venv/',
      'scripts/checks/reporter.cjs',
      'eslint.config.mjs',
    ],
  },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      // One style everywhere: no braces around a single line, no `{ tokens: tokens }`, and constants of a module that are
      // plain values are in capitals.
      curly: ['error', 'multi-or-nest', 'consistent'],
      'object-shorthand': ['error', 'always'],
      'no-useless-rename': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    rules: {
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'variable',
          modifiers: ['const', 'global'],
          types: ['string', 'number', 'boolean'],
          format: ['UPPER_CASE'],
        },
        { selector: 'variable', modifiers: ['destructured'], format: null },
        { selector: 'variable', format: ['camelCase', 'UPPER_CASE'], leadingUnderscore: 'allow' },
        { selector: 'typeLike', format: ['PascalCase'] },
      ],
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
