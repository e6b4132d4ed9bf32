// The schema and the documents by the recommended rules of graphql-eslint, and the schema by Relay's too. `npm run lint` copies
// the schema to .lint first, because eslint reads nothing above its own folder.
import graphql from '@graphql-eslint/eslint-plugin';

const linted = (files, ...configs) => ({
  files,
  plugins: { '@graphql-eslint': graphql },
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: '.lint/schema.graphql', documents: 'graphql/*.graphql' } },
  },
  rules: Object.assign({}, ...configs.map((name) => graphql.configs[`flat/${name}`].rules)),
});

const schema = linted(['.lint/schema.graphql'], 'schema-recommended', 'schema-relay');

// Values have no id: they are parts of what has one, and change with it. Whatever can be asked for by itself is a Node.
const values = [
  'Component',
  'LastSync',
  'LastSyncStatusCounts',
  'LeftOut',
  'MarketplaceLink',
  'SellOut',
  'StatusCounts',
  'StockLevel',
  // An event is told from others by its record and version.
  'SyncStatusEvent',
  'UserError',
  'Viewer',
  // These are told by their code or status, of which there is a fixed list.
  'ConnectionStatusInfo',
  'FailureReason',
  'FailureReasonInfo',
  'SyncReasonInfo',
  'SyncStatusInfo',
  // Relay's specification gives these no id.
  'PageInfo',
];
schema.rules['@graphql-eslint/strict-id-in-types'] = [
  'error',
  { exceptions: { types: values, suffixes: ['Payload', 'Connection', 'Edge'] } },
];

// Short lists of a bounded length, such as userErrors, are no connections; and `nodes` beside `edges` saves those who need no
// cursor of each item a level. Relay itself asks for neither.
schema.rules['@graphql-eslint/relay-edge-types'] = ['error', { listTypeCanWrapOnlyEdgeType: false }];

export default [{ ignores: ['dist/', '.relay/'] }, schema, linted(['graphql/*.graphql'], 'operations-recommended')];
