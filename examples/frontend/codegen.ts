// Makes src/generated.ts of the schema and the documents: `npm run generate`.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'graphql/*.graphql',
  generates: {
    'src/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        // The documents are sent as text, so that no parser is needed in the frontend.
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: {
          ID: 'string',
          // RFC 3339, in UTC.
          DateTime: 'string',
          Percent: { input: 'number | string', output: 'number' },
        },
      },
    },
  },
};

export default config;
